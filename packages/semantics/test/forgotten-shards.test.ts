/** What has ended is forgotten in time, so that a stream that reshards for years takes no more room; nothing comes again by it. */
import { expect, test } from 'vitest';
import { createMapping, type ListedShard, stepMapping } from '../src/index.ts';
import { policyOf } from './support/mappingStory.ts';

function shard(id: string, ...parents: string[]): ListedShard {
  return { id, parents };
}

/** A mapping that lists its shards every ten seconds. */
function story() {
  const state = createMapping(policyOf('kinesis'));
  let now = 0;
  stepMapping(state, { what: 'enabled' }, now);
  const orders = (fact: Parameters<typeof stepMapping>[1]) =>
    stepMapping(state, fact, now).orders.flatMap((order) => {
      if (order.do === 'openPoller') return [`${now / 1000}: open ${order.poller}`];
      return order.do === 'forget' ? [`${now / 1000}: forget ${order.shards.join(' ')}`] : [];
    });
  const ends = (poller: string) => orders({ what: 'pollerClosed', poller, ended: true });
  const lists = (seconds: number, ...shards: ListedShard[]) => {
    const seen: string[] = [];
    for (const untilMs = now + seconds * 1000; now < untilMs; ) {
      now += 10_000;
      seen.push(...orders({ what: 'discovered', shards }));
    }
    return seen;
  };
  return { state, ends, lists };
}

test('a shard is forgotten a minute after the last listing that names it, as itself or as a parent', () => {
  const { state, ends, lists } = story();
  lists(10, shard('a'));
  ends('a');
  expect(lists(600, shard('a'), shard('b', 'a'))).toEqual(['20: open b']);
  ends('b');
  expect(lists(600, shard('b', 'a'), shard('c', 'b'))).toEqual(['620: open c']);
  expect(lists(100, shard('c', 'b'))).toEqual(['1280: forget a']);
  expect([[...state.ended], state.unnamedSinceMs.size]).toEqual([['b'], 0]);
});

test('a listing that is not complete, or empty, forgets nothing, and nothing is opened again', () => {
  const { ends, lists } = story();
  lists(10, shard('a'), shard('b'));
  ends('a');
  expect(lists(600)).toEqual([]);
  expect(lists(50, shard('b'))).toEqual([]);
  expect(lists(10, shard('a'), shard('b'))).toEqual([]);
  expect(lists(60, shard('b'))).toEqual([]);
  expect(lists(10, shard('b'))).toEqual(['740: forget a']);
});
