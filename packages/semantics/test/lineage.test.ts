/** Which shards are opened when: parents before children, also when retention removes shards from the listing. */
import { describe, expect, test } from 'vitest';
import { createMapping, type ListedShard, type MappingFact, type MappingPolicy, stepMapping } from '../src/index.ts';

const policy: MappingPolicy = {
  kind: 'kinesis',
  start: 1,
  least: 1,
  most: 1,
  perSecond: 0,
  batchesPerPoller: 1,
  backsOff: false,
  shrinks: false,
  provisioned: false,
  limited: false,
};

function shard(id: string, ...parents: string[]): ListedShard {
  return { id, parents };
}

/** A mapping that was told its first listing. */
function mappingOf(...shards: ListedShard[]) {
  const state = createMapping(policy);
  stepMapping(state, { what: 'enabled' }, 0);
  const tell = (fact: MappingFact) => {
    const { orders } = stepMapping(state, fact, 0);
    return orders.flatMap((order) => (order.do === 'openPoller' ? [`${order.poller} from ${order.from}`] : []));
  };
  const lists = (...listed: ListedShard[]) => tell({ what: 'discovered', shards: listed });
  const ends = (poller: string) => tell({ what: 'pollerClosed', poller, ended: true });
  return { first: lists(...shards), lists, ends };
}

describe('shards are opened', () => {
  test('all of the first listing that have no parents in it, from the starting position', () => {
    expect(mappingOf(shard('a'), shard('b'), shard('ab', 'a', 'b')).first).toEqual(['a from start', 'b from start']);
  });

  test('children after every parent has ended, from their beginning', () => {
    const { lists, ends } = mappingOf(shard('a'), shard('b'));
    const merged = [shard('a'), shard('b'), shard('ab', 'a', 'b')];
    ends('a');
    expect(lists(...merged)).toEqual([]);
    ends('b');
    expect(lists(...merged)).toEqual(['ab from horizon']);
  });

  test('after a parent that retention took from the listing while it is still read', () => {
    const { lists, ends } = mappingOf(shard('a'));
    const child = shard('a1', 'a');
    expect(lists(child)).toEqual([]);
    ends('a');
    expect(lists(child)).toEqual(['a1 from horizon']);
  });

  test('beyond a parent that is gone unread, after the parents of that one', () => {
    const { lists, ends } = mappingOf(shard('a'));
    expect(lists(shard('a'), shard('a1', 'a'), shard('a2', 'a1'))).toEqual([]);
    expect(lists(shard('a2', 'a1'))).toEqual([]);
    expect(lists(shard('a2', 'a1'))).toEqual([]);
    ends('a');
    expect(lists(shard('a2', 'a1'))).toEqual(['a2 from horizon']);
  });

  test('at once when nobody knows their parents', () => {
    expect(mappingOf(shard('b', 'a')).first).toEqual(['b from start']);
  });
});
