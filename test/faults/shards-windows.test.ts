/** Tumbling windows whose state is handed over when a process is killed: what the final states say adds up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { isDeep } from './support/lines.ts';
import { ShardArena } from './support/shardArena.ts';
import { endsWell } from './support/shardEnds.ts';
import { wrongStates } from './support/shardWindows.ts';

const PATIENCE_MS = isDeep ? 600_000 : 60_000;
const LINE = { export: 'collect', windowS: 2, batchSize: 5, shards: 2, timeoutMs: 1000 } as const;
/** More than there will be: it ends after the last kill. */
const COUNT = 1_000_000;
const KILLS = isDeep ? 15 : 2;

describeWith(['redis'], 'shards: tumbling windows', () => {
  let arena: ShardArena;

  afterEach(() => arena.close());

  test('state survives the kill of its owner', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open([
      { ...LINE, name: 'windows' },
      { ...LINE, name: 'table', kind: 'dynamodb', shards: 1 },
    ]);
    let ups = await arena.startAll('all', 'all');
    const says = (at: number) => ({ ms: at % 20 === 3 ? 200 : 5 });
    for (const { name } of arena.lines) arena.load({ stream: name, count: COUNT, perSecond: 40, says });
    for (let kill = 0; kill < KILLS; kill += 1) {
      const next = arena.start('all');
      await next.ready;
      const gone = await arena.killOneInCall(ups);
      ups = [...ups.filter((up) => up !== gone), next];
      await sleep(1000);
    }
    arena.stopPutting();
    await arena.drained(PATIENCE_MS);
    // The end of a shard ends its last window.
    for (const { name } of arena.lines) {
      for (const { id, closedAtMs } of await arena.stream(name).shards())
        if (closedAtMs === null) await arena.stream(name).split(id);
    }
    const wrong = async () => wrongStates(await arena.evidence());
    await arena.until('every window has ended', async () => (await wrong()).length === 0, 15_000, 300).catch(() => {});
    expect(await wrong()).toEqual([]);
    expect((await endsWell(arena)).duplicates.length).toBeGreaterThan(0);
  });
});
