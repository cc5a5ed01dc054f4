/** A mapping begins, stops, follows its shards, takes new settings. */
import { describe, expect, it } from 'vitest';
import { MappingStory, policyOf } from './support/mappingStory.ts';

const stream = () => new MappingStory(policyOf('kinesis'));

describe('stream.starts-at-the-starting-position', () => {
  it('every shard of the first listing, and another listing ten seconds later', () => {
    const story = stream().lists('a', 'b');
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 discover from 0
      0 open a from start (stream.starts-at-the-starting-position)
      0 open b from start (stream.starts-at-the-starting-position)
      0 discover from 10000
      "
    `);
  });
});

describe('stream.parents-before-children', () => {
  it('the children of a split wait for the end of their parent, and begin at their beginning', () => {
    const story = stream().lists('a').lists('a', 'b<a', 'c<a');
    expect(story.opened()).toEqual(['a from start']);
    story.ended('a').lists('a', 'b<a', 'c<a');
    expect(story.opened()).toEqual(['a from start', 'b from horizon', 'c from horizon']);
  });

  it('the child of a merge waits for both parents', () => {
    const story = stream().lists('a', 'b').lists('a', 'b', 'c<a,b').ended('b').lists('a', 'b', 'c<a,b');
    expect(story.opened()).toEqual(['a from start', 'b from start']);
    story.ended('a').lists('a', 'b', 'c<a,b');
    expect(story.opened().at(-1)).toBe('c from horizon');
  });

  it('parents that nobody lists any more are not waited for', () => {
    const story = stream().lists('b<a', 'c<b');
    expect(story.opened()).toEqual(['b from start']);
    story.ended('b').lists('c<b');
    expect(story.opened()).toEqual(['b from start', 'c from start']);
  });

  it('an ended shard is never opened again, and a closed one is', () => {
    const story = stream().lists('a', 'b').ended('a').closed('b').lists('a', 'b');
    expect(story.opened()).toEqual(['a from start', 'b from start', 'b from start']);
  });

  it('grandchildren come after children', () => {
    const story = stream().lists('a').lists('a', 'b<a', 'c<b').ended('a').lists('a', 'b<a', 'c<b');
    expect(story.opened()).toEqual(['a from start', 'b from horizon']);
  });
});

describe('mapping.disabled-finishes-what-runs', () => {
  it('drains, and opens nothing until it is enabled again', () => {
    const story = stream().lists('a', 'b');
    story.text();
    story.tell({ what: 'disabled' }).closed('a').lists('a', 'b').closed('b');
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 drain a (mapping.disabled-finishes-what-runs)
      0 drain b (mapping.disabled-finishes-what-runs)
      "
    `);
    story.tell({ what: 'enabled' }).lists('a', 'b');
    expect(story.opened()).toEqual(['a from start', 'b from start', 'a from start', 'b from start']);
  });

  it('enabled again while it drains, each poller comes back when it has closed', () => {
    const story = stream().lists('a', 'b').tell({ what: 'disabled' }).tell({ what: 'enabled' });
    story.text();
    story.closed('a').lists('a', 'b');
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 discover from 0
      0 open a from start (stream.starts-at-the-starting-position)
      0 discover from 10000
      "
    `);
  });

  it('a queue begins again when its last slot has closed', () => {
    const story = new MappingStory(policyOf('sqs', { maximumConcurrency: 2 }));
    story.tell({ what: 'disabled' }).tell({ what: 'enabled' }).closed('slot-0');
    expect(story.opened()).toHaveLength(2);
    story.closed('slot-1');
    expect(story.opened()).toHaveLength(4);
  });

  it('a group begins again when its last member has closed', () => {
    const provisioned = { minimumPollers: 2, maximumPollers: 2 };
    const story = new MappingStory(policyOf('msk', { provisioned }), { what: 'enabled', partitions: 2 });
    story.tell({ what: 'disabled' }).tell({ what: 'enabled', partitions: 2 }).closed('poller-1');
    expect(story.opened()).toHaveLength(2);
    story.closed('poller-0');
    expect(story.opened()).toHaveLength(4);
  });

  it('told twice, nothing happens twice', () => {
    const story = stream().lists('a');
    story.text();
    story.tell({ what: 'enabled' }).tell({ what: 'disabled' }).tell({ what: 'disabled' });
    expect(story.text()).toBe('\n0 drain a (mapping.disabled-finishes-what-runs)\n');
  });

  it('while disabled, queues neither scale nor wake', () => {
    const story = new MappingStory(policyOf('sqs')).busy('slot-0', 'slot-1', 'slot-2', 'slot-3', 'slot-4');
    story.tell({ what: 'disabled' }).tell({ what: 'batchFailed' });
    expect(story.wakeAt).toBeUndefined();
  });
});

describe('new settings', () => {
  it('mapping.update-keeps-what-is-in-progress: every poller is told, none is closed', () => {
    const story = stream().lists('a', 'b');
    story.text();
    story.tell({ what: 'reconfigured', policy: policyOf('kinesis', { batchSize: 5 }), repartition: false });
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 configure a (mapping.update-keeps-what-is-in-progress)
      0 configure b (mapping.update-keeps-what-is-in-progress)
      "
    `);
  });

  it('mapping.factor-change-drains-first: closed, then opened again', () => {
    const story = stream().lists('a');
    story.text();
    story.tell({ what: 'reconfigured', policy: policyOf('kinesis', { parallelizationFactor: 4 }), repartition: true });
    story.closed('a').lists('a');
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 drain a (mapping.factor-change-drains-first)
      0 discover from 0
      0 open a from start (stream.starts-at-the-starting-position)
      0 discover from 10000
      "
    `);
  });

  it('of a disabled mapping count when it is enabled', () => {
    const story = new MappingStory(policyOf('sqs', { maximumConcurrency: 4 })).tell({ what: 'disabled' });
    story.closed('slot-0', 'slot-1', 'slot-2', 'slot-3');
    story.text();
    story.tell({ what: 'reconfigured', policy: policyOf('sqs', { maximumConcurrency: 2 }), repartition: false });
    expect(story.text()).toBe('\n\n');
    story.tell({ what: 'enabled' });
    expect(story.opened()).toHaveLength(6);
  });
});
