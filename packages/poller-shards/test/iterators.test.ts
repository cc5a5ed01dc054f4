/** Reading through iterators: what is renewed, and where reading goes on. */
import { describe, expect, test } from 'vitest';
import { ShardProblem } from '../src/client.ts';
import { type IteratorAnswer, IteratorReader } from '../src/iteratorReader.ts';
import type { Place } from '../src/place.ts';
import { recordAt, SHARD } from './support/fakeShards.ts';

type Answer = IteratorAnswer | Error;

const signal = new AbortController().signal;
const expired = () => new ShardProblem('expired', 'too old');
const trimmed = () => new ShardProblem('trimmed', 'not there any more');

function page(positions: readonly string[], next: string | undefined = 'next', arrivalMs?: number): IteratorAnswer {
  return { records: positions.map((position) => recordAt(position, arrivalMs)), next, more: false };
}

/** A reader over answers in their order, and the places at which iterators were made. */
function story(from: Place, answers: readonly Answer[], refusals: readonly (Error | undefined)[] = []) {
  const places: Place[] = [];
  const used: string[] = [];
  const [toAnswer, toRefuse] = [[...answers], [...refusals]];
  const reader = new IteratorReader(SHARD, from, {
    async iterator(_shardId, place) {
      places.push(place);
      const refusal = toRefuse.shift();
      if (refusal) throw refusal;
      return `i${places.length}`;
    },
    async records(iterator) {
      used.push(iterator);
      const answer = toAnswer.shift() ?? page([]);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const read = async () => {
    const { records, ended, missed } = await reader.read(10, signal);
    return { positions: records.map(({ position }) => position), ended, missed };
  };
  return { places, used, read };
}

const HORIZON: Place = { kind: 'horizon' };

describe('a reader over iterators', () => {
  test('goes from one iterator to the next', async () => {
    const { places, used, read } = story(HORIZON, [page(['1'], 'n1'), page([], 'n2'), page(['2'])]);
    expect([await read(), await read(), await read()].map(({ positions }) => positions)).toEqual([['1'], [], ['2']]);
    expect(used).toEqual(['i1', 'n1', 'n2']);
    expect(places).toEqual([HORIZON]);
  });

  test('makes one anew after the last record that was read', async () => {
    const { places, read } = story(HORIZON, [page(['1', '2']), expired(), page(['3'])]);
    await read();
    expect((await read()).positions).toEqual(['3']);
    expect(places).toEqual([HORIZON, { kind: 'after', position: '2' }]);
  });

  test('goes on at the oldest record when retention took what comes next, and says so', async () => {
    const { places, read } = story({ kind: 'after', position: '2' }, [trimmed(), page(['9'])]);
    expect(await read()).toEqual({ positions: ['9'], ended: false, missed: 'unknown' });
    expect(places.at(-1)).toEqual(HORIZON);
  });

  test('does so too when no iterator can be made there', async () => {
    const { read } = story({ kind: 'after', position: '2' }, [page(['9'])], [trimmed()]);
    expect(await read()).toEqual({ positions: ['9'], ended: false, missed: 'unknown' });
  });

  test('goes on where it was when it cannot be read at the oldest record either, and says that something is missing once it is', async () => {
    const from: Place = { kind: 'after', position: '2' };
    const away = () => new ShardProblem('throttled', 'later');
    const { places, read } = story(from, [away(), page(['9'])], [trimmed(), away(), trimmed(), undefined, trimmed()]);
    await expect(read()).rejects.toThrow('later');
    await expect(read()).rejects.toThrow('later');
    expect(await read()).toEqual({ positions: ['9'], ended: false, missed: 'unknown' });
    expect(places).toEqual([from, HORIZON, from, HORIZON, from, HORIZON]);
  });

  test('reads nothing again when what was refused once is there', async () => {
    const from: Place = { kind: 'after', position: '2' };
    const { places, read } = story(from, [page(['3'])], [trimmed(), new ShardProblem('unreachable', 'away')]);
    await expect(read()).rejects.toThrow('away');
    expect(await read()).toEqual({ positions: ['3'], ended: false, missed: undefined });
    expect(places).toEqual([from, HORIZON, from]);
  });

  test('passes over what came before its iterator, once that has expired', async () => {
    const old = page(['1'], 'n', 4999);
    const mixed = { ...page(['2', '3'], 'n', 5000), records: [recordAt('2', 4000), recordAt('3', 5000)] };
    const from: Place = { kind: 'iterator', iterator: 'x', madeMs: 5999 };
    const { places, read } = story(from, [old, mixed, page(['4'], 'n', 4000)], [expired()]);
    expect([await read(), await read(), await read()].map(({ positions }) => positions)).toEqual([[], ['3'], ['4']]);
    expect(places).toEqual([from, { kind: 'horizon', sinceMs: 5999 }]);
  });

  test('is told no iterator for ever', async () => {
    const { places, read } = story(HORIZON, [expired(), expired(), expired(), expired(), expired()]);
    await expect(read()).rejects.toThrow('too old');
    expect(places).toHaveLength(4);
  });

  test('stays where it was when a read fails', async () => {
    const { used, read } = story(HORIZON, [page(['1'], 'n1'), new ShardProblem('throttled', 'later'), page(['2'])]);
    await read();
    await expect(read()).rejects.toThrow('later');
    expect((await read()).positions).toEqual(['2']);
    expect(used).toEqual(['i1', 'n1', 'n1']);
  });

  test('asks nothing more once its shard has ended', async () => {
    const { used, read } = story(HORIZON, [{ records: [recordAt('1')], next: undefined, more: false }]);
    expect(await read()).toEqual({ positions: ['1'], ended: true, missed: undefined });
    expect(await read()).toEqual({ positions: [], ended: true, missed: undefined });
    expect(used).toHaveLength(1);
  });
});
