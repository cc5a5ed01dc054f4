/** How a queue mapping scales: the ramp, MaximumConcurrency, errors, idleness, FIFO groups, provisioned pollers. */
import { describe, expect, it } from 'vitest';
import { MappingStory, policyOf } from './support/mappingStory.ts';

const MINUTE = 60_000;
const slots = (count: number) => Array.from({ length: count }, (_, index) => `slot-${index}`);

describe('sqs.scales-by-steady-steps', () => {
  it('begins with five pollers', () => {
    const story = new MappingStory(policyOf('sqs'));
    expect(story.working).toEqual(slots(5));
    expect(story.wakeAt).toBeUndefined();
  });

  it('grows by five a second while all of them find messages', () => {
    const story = new MappingStory(policyOf('sqs')).busy(...slots(5));
    story.floods(600);
    expect(story.text()).toMatchInlineSnapshot(`
      "
      0 open slot-0 from start (sqs.scales-by-steady-steps)
      0 open slot-1 from start (sqs.scales-by-steady-steps)
      0 open slot-2 from start (sqs.scales-by-steady-steps)
      0 open slot-3 from start (sqs.scales-by-steady-steps)
      0 open slot-4 from start (sqs.scales-by-steady-steps)
      200 open slot-5 from start (sqs.scales-by-steady-steps)
      200 from 5 to 6 (sqs.scales-by-steady-steps)
      400 open slot-6 from start (sqs.scales-by-steady-steps)
      400 from 6 to 7 (sqs.scales-by-steady-steps)
      600 open slot-7 from start (sqs.scales-by-steady-steps)
      600 from 7 to 8 (sqs.scales-by-steady-steps)
      "
    `);
  });

  it.each([
    ['current', MINUTE, 305],
    ['current', 10 * MINUTE, 1250],
    ['2023', MINUTE, 65],
    ['2023', 20 * MINUTE, 1000],
  ] as const)('%s: after %i ms there are %i', (scaling, ms, count) => {
    const story = new MappingStory(policyOf('sqs', {}, scaling)).busy(...slots(5)).floods(ms);
    expect(story.working).toHaveLength(count);
  });

  it('does not grow while one poller finds nothing', () => {
    const story = new MappingStory(policyOf('sqs')).busy(...slots(4)).at(MINUTE);
    expect(story.working).toHaveLength(5);
    story
      .busy('slot-4')
      .idle('slot-2')
      .at(2 * MINUTE);
    expect(story.working).toHaveLength(5);
  });

  it('a poller beyond what is granted does not count', () => {
    const story = new MappingStory(policyOf('sqs')).busy(...slots(5)).idle('slot-7');
    expect(story.wakeAt).toBe(200);
  });

  it('ramps up anew when it is enabled again', () => {
    const story = new MappingStory(policyOf('sqs')).busy(...slots(5)).floods(MINUTE);
    for (let failures = 0; failures < 10; failures += 1) story.tell({ what: 'batchFailed' });
    expect(story.working).toHaveLength(2);
    story.tell({ what: 'disabled' }).closed(...slots(305));
    story.allowed.clear();
    story.tell({ what: 'enabled' });
    expect(story.working).toEqual(slots(5));
    expect(story.wakeAt).toBeUndefined();
  });
});

describe('sqs.maximum-concurrency-stops-reading', () => {
  it.each([
    [2, 2],
    [5, 5],
    [40, 5],
  ])('of %i: begins with %i pollers and ends there', (maximumConcurrency, start) => {
    const story = new MappingStory(policyOf('sqs', { maximumConcurrency }));
    expect(story.working).toHaveLength(start);
    story.floods(10 * MINUTE);
    expect(story.working).toHaveLength(maximumConcurrency);
    expect(story.rules()).toEqual(new Set(['sqs.maximum-concurrency-stops-reading']));
  });

  it('a lower one makes the last pollers stop reading; a higher one lets them begin again', () => {
    const story = new MappingStory(policyOf('sqs', { maximumConcurrency: 6 })).floods(MINUTE);
    story.text();
    story.tell({ what: 'reconfigured', policy: policyOf('sqs', { maximumConcurrency: 2 }), repartition: false });
    expect(story.working).toEqual(['slot-0', 'slot-1']);
    story.tell({ what: 'reconfigured', policy: policyOf('sqs', { maximumConcurrency: 4 }), repartition: false });
    expect(story.working).toEqual(slots(4));
    story.floods(3 * MINUTE);
    expect(story.working).toEqual(slots(4));
  });
});

describe('sqs.errors-halve-concurrency', () => {
  it('and sqs.concurrency-recovers-with-time, 110 a second', () => {
    const story = new MappingStory(policyOf('sqs')).busy(...slots(5)).floods(5000);
    expect(story.working).toHaveLength(30);
    story.text();
    story.tell({ what: 'batchFailed' });
    expect(story.working).toHaveLength(15);
    story.tell({ what: 'batchFailed' });
    expect(story.working).toHaveLength(7);
    expect(story.rules()).toContain('sqs.errors-halve-concurrency');
    story.at(5100);
    expect(story.working).toHaveLength(18);
    story.at(5300);
    expect(story.working).toHaveLength(30);
    expect(story.rules()).toContain('sqs.concurrency-recovers-with-time');
  });

  it.each([
    ['without MaximumConcurrency', {}, 2],
    ['with it', { maximumConcurrency: 10 }, 1],
  ])('never below %s', (_, settings, least) => {
    const story = new MappingStory(policyOf('sqs', settings)).busy(...slots(5));
    for (let failures = 0; failures < 10; failures += 1) story.tell({ what: 'batchFailed' });
    expect(story.working).toHaveLength(least);
  });

  it('not with ReportBatchItemFailures, nor with provisioned pollers', () => {
    const provisioned = { minimumPollers: 3, maximumPollers: 5 };
    for (const settings of [{ partialResponses: true }, { provisioned }]) {
      const story = new MappingStory(policyOf('sqs', settings)).busy(...slots(5));
      const before = story.working;
      story.tell({ what: 'batchFailed' });
      expect(story.working).toEqual(before);
    }
  });

  /**
   * The measurement that the figures are fitted to: a function of 50 ms, every hundredth, twentieth or tenth
   * invocation failing, and 25, 16 and 13 concurrent batches.
   */
  it.each([
    [0.01, 25],
    [0.05, 16],
    [0.1, 13],
  ])('settles at an error rate of %d near what was measured: %i concurrent batches', (rate, measured) => {
    const story = new MappingStory(policyOf('sqs', { maximumConcurrency: 60 })).floods(MINUTE);
    let failures = 0;
    let sum = 0;
    const ticks = 4000;
    for (let tick = 0; tick < ticks; tick += 1) {
      story.at(MINUTE + tick * 50);
      sum += story.state.granted;
      failures += story.state.granted * rate;
      for (; failures >= 1; failures -= 1) story.tell({ what: 'batchFailed' });
    }
    const mean = sum / ticks;
    expect(mean).toBeGreaterThan(measured * 0.75);
    expect(mean).toBeLessThan(measured * 1.25);
  });
});

describe('sqs.idle-mapping-shrinks', () => {
  it('to two pollers after a minute in which all found nothing', () => {
    const story = new MappingStory(policyOf('sqs')).at(1000).idle(...slots(5));
    expect(story.wakeAt).toBe(61_000);
    story.at(60_999);
    expect(story.working).toHaveLength(5);
    story.at(61_000);
    expect(story.working).toEqual(['slot-0', 'slot-1']);
    expect(story.wakeAt).toBeUndefined();
    story.busy('slot-0', 'slot-1').at(61_200);
    expect(story.working).toHaveLength(3);
  });

  it('not when one of them found something meanwhile', () => {
    const story = new MappingStory(policyOf('sqs'))
      .idle(...slots(5))
      .at(30_000)
      .busy('slot-1')
      .idle('slot-1');
    expect(story.wakeAt).toBe(90_000);
  });

  it('never with MaximumConcurrency, on FIFO, or provisioned', () => {
    const provisioned = { minimumPollers: 3, maximumPollers: 5 };
    for (const policy of [
      policyOf('sqs', { maximumConcurrency: 5 }),
      policyOf('sqs-fifo'),
      policyOf('sqs', { provisioned }),
    ]) {
      const story = new MappingStory(policy);
      const before = story.working;
      story.idle(...slots(5)).at(10 * MINUTE);
      expect(story.working).toEqual(before);
    }
  });
});

describe('sqs.fifo-scales-with-groups', () => {
  it('another poller as soon as all have found a group', () => {
    const story = new MappingStory(policyOf('sqs-fifo'));
    expect(story.working).toEqual(['slot-0']);
    story.busy('slot-0').busy('slot-1').busy('slot-2');
    expect(story.working).toEqual(slots(4));
    expect(story.now).toBe(0);
    expect(story.rules()).toEqual(new Set(['sqs.fifo-scales-with-groups']));
  });

  it('up to MaximumConcurrency', () => {
    const story = new MappingStory(policyOf('sqs-fifo', { maximumConcurrency: 3 })).busy(...slots(3));
    expect(story.working).toEqual(slots(3));
  });
});

describe('sqs.provisioned-pollers-scale', () => {
  const provisioned = { minimumPollers: 2, maximumPollers: 20 };

  it('ten batches each, from the minimum to the maximum, by 1,000 batches a minute', () => {
    const story = new MappingStory(policyOf('sqs', { provisioned }));
    expect([...story.allowed]).toEqual([
      ['slot-0', 10],
      ['slot-1', 10],
    ]);
    story.floods(6000);
    expect(story.working).toHaveLength(12);
    story.floods(MINUTE);
    expect(story.working).toHaveLength(20);
    expect(story.rules()).toEqual(new Set(['sqs.provisioned-pollers-scale']));
  });
});
