/** Shards are split and merged while records flow, and while processes are killed: nothing is lost, each key keeps its order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { isDeep } from './support/lines.ts';
import { ShardArena } from './support/shardArena.ts';
import { endsWell } from './support/shardEnds.ts';
import { putIntoAll, threeLines } from './support/shardLines.ts';

const PATIENCE_MS = isDeep ? 600_000 : 60_000;
const BETWEEN_MS = 400;

const shardId = (number: number) => `shardId-${String(number).padStart(12, '0')}`;

/** Shards 0 and 1 become 2 to 6, of which 4 has two parents; the table's only shard becomes two, and four. */
async function reshard(arena: ShardArena, meanwhile: () => Promise<unknown>): Promise<void> {
  const [streams, table] = [[arena.stream('single'), arena.stream('wide')], arena.stream('table')];
  const all = async (doing: readonly Promise<{ readonly kind: string }>[]) => {
    for (const done of await Promise.all(doing)) expect(done.kind).toBe('resharded');
    await sleep(BETWEEN_MS);
  };
  await all([...streams.map((stream) => stream.split(shardId(0))), table.split(shardId(0))]);
  await meanwhile();
  await all([...streams.map((stream) => stream.merge(shardId(3), shardId(1))), table.split(shardId(1))]);
  await all([...streams.map((stream) => stream.split(shardId(4))), table.split(shardId(2))]);
}

describeWith(['redis'], 'shards: split and merge under load', () => {
  let arena: ShardArena;

  afterEach(() => arena.close());

  test('while nothing else happens: no record comes twice', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open(threeLines());
    await arena.startAll('all', 'all');
    putIntoAll(arena, 2);
    await arena.seeCalls(5);
    await reshard(arena, async () => {});
    expect((await endsWell(arena, PATIENCE_MS)).duplicates).toEqual([]);
    for (const [name, count] of [
      ['single', 7],
      ['table', 7],
    ] as const)
      expect(await arena.stream(name).shards()).toHaveLength(count);
  });

  test('while processes are killed', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open(threeLines());
    const ups = await arena.startAll('all', 'all');
    putIntoAll(arena, 3);
    await arena.seeCalls(5);
    await reshard(arena, async () => {
      await arena.killOneInCall(ups);
      await arena.startAll('all');
    });
    const second = ups.find(({ isGone }) => !isGone);
    if (second) await arena.kill(second);
    await endsWell(arena, PATIENCE_MS);
  });
});
