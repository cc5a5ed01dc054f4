/** Pollers of a Kafka mapping: as many members of the group as the offset lag asks for. */
import { describe, expect, it } from 'vitest';
import type { MappingSettings } from '../src/index.ts';
import { MappingStory, policyOf } from './support/mappingStory.ts';

const MINUTE = 60_000;

function group(settings: Partial<MappingSettings>, partitions: number): MappingStory {
  return new MappingStory(policyOf('msk', settings), { what: 'enabled', partitions });
}

/** A minute later the lag is measured; the members that are asked to leave do so. */
function measured(story: MappingStory, lag: number, partitions: number, throttled = false): string[] {
  story.at(story.now + MINUTE).tell({ what: 'lagMeasured', lag, partitions, throttled });
  return regrouped(story);
}

function regrouped(story: MappingStory): string[] {
  const draining = [...story.state.pollers].filter(([, phase]) => phase === 'draining').map(([poller]) => poller);
  if (draining.length > 0) {
    story.allowed.clear();
    story.closed(...draining);
  }
  return story.working;
}

describe('kafka.one-member-per-partition', () => {
  it.each([
    [{}, 12, 1],
    [{ provisioned: { minimumPollers: 3, maximumPollers: 10 } }, 12, 3],
    [{ provisioned: { minimumPollers: 3, maximumPollers: 10 } }, 2, 2],
  ])('%j with %i partitions begins with %i', (settings, partitions, count) => {
    expect(group(settings, partitions).working).toHaveLength(count);
  });

  it('a member that was deposed by itself comes back', () => {
    const story = group({ provisioned: { minimumPollers: 3, maximumPollers: 10 } }, 12);
    story.text();
    story.closed('poller-1');
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 open poller-1 from start (kafka.one-member-per-partition)
      "
    `);
  });
});

describe('kafka.pollers-follow-the-lag', () => {
  it('doubles while the lag does not shrink, up to one per partition', () => {
    const story = group({}, 6);
    expect(measured(story, 1000, 6)).toHaveLength(1);
    expect(measured(story, 1000, 6)).toHaveLength(2);
    expect(measured(story, 2000, 6)).toHaveLength(4);
    expect(measured(story, 2000, 6)).toHaveLength(6);
    expect(measured(story, 9000, 6)).toHaveLength(6);
  });

  it('stays while it shrinks, halves without any, and keeps one', () => {
    const story = group({}, 8);
    measured(story, 100, 8);
    measured(story, 100, 8);
    expect(measured(story, 100, 8)).toHaveLength(4);
    expect(measured(story, 50, 8)).toHaveLength(4);
    expect(measured(story, 0, 8)).toHaveLength(2);
    expect(measured(story, 0, 8)).toHaveLength(1);
    expect(measured(story, 0, 8)).toHaveLength(1);
  });

  it('one less when the function is throttled', () => {
    const story = group({}, 8);
    for (let minute = 0; minute < 3; minute += 1) measured(story, 100, 8);
    expect(measured(story, 500, 8, true)).toHaveLength(3);
    expect(story.rules()).toContain('kafka.pollers-follow-the-lag');
  });

  it('provisioned: between minimum and maximum, and never more than partitions', () => {
    const provisioned = { minimumPollers: 2, maximumPollers: 5 };
    const story = group({ provisioned }, 8);
    measured(story, 100, 8);
    expect(measured(story, 100, 8)).toHaveLength(4);
    expect(measured(story, 100, 8)).toHaveLength(5);
    for (let minute = 0; minute < 4; minute += 1) measured(story, 0, 8);
    expect(story.working).toHaveLength(2);
    const narrow = group({ provisioned }, 1);
    expect(measured(narrow, 0, 1)).toHaveLength(1);
  });

  it('everybody leaves before anybody comes back', () => {
    const story = group({}, 4);
    measured(story, 10, 4);
    story.text();
    measured(story, 10, 4);
    measured(story, 10, 4);
    expect(story.text()).toMatchInlineSnapshot(`
      "
      120000 measureLag from 180000
      120000 from 1 to 2 (kafka.pollers-follow-the-lag)
      120000 drain poller-0 (kafka.pollers-follow-the-lag)
      120000 open poller-0 from start (kafka.one-member-per-partition)
      120000 open poller-1 from start (kafka.one-member-per-partition)
      180000 measureLag from 240000
      180000 from 2 to 4 (kafka.pollers-follow-the-lag)
      180000 drain poller-0 (kafka.pollers-follow-the-lag)
      180000 drain poller-1 (kafka.pollers-follow-the-lag)
      180000 open poller-0 from start (kafka.one-member-per-partition)
      180000 open poller-1 from start (kafka.one-member-per-partition)
      180000 open poller-2 from start (kafka.one-member-per-partition)
      180000 open poller-3 from start (kafka.one-member-per-partition)
      "
    `);
  });

  it('the lag is looked at once a minute, also after the mapping was disabled and enabled', () => {
    const story = group({}, 4).at(30_000);
    story.tell({ what: 'disabled' }).tell({ what: 'enabled', partitions: 4 });
    story.closed('poller-0').at(MINUTE);
    const looks = () => story.orders.filter((order) => order.do === 'measureLag').length;
    expect(looks()).toBe(2);
    story.tell({ what: 'lagMeasured', lag: 5, partitions: 4, throttled: false });
    expect(looks()).toBe(2);
    story.at(90_000).tell({ what: 'lagMeasured', lag: 5, partitions: 4, throttled: false });
    expect(looks()).toBe(3);
    expect(story.state.pollers.size).toBe(1);
  });
});

describe('more partitions', () => {
  it('the group forms anew, with its minimum of members', () => {
    const story = group({ provisioned: { minimumPollers: 3, maximumPollers: 10 } }, 1);
    story.tell({ what: 'partitionsAdded', partitions: 4 });
    expect(story.working).toHaveLength(1);
    expect(regrouped(story)).toHaveLength(3);
  });

  it('change nothing for a mapping that is disabled', () => {
    const story = group({}, 1).tell({ what: 'disabled' }).closed('poller-0');
    story.text();
    story.tell({ what: 'partitionsAdded', partitions: 4 });
    expect(story.text()).toBe('\n\n');
  });
});
