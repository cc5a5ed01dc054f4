/** A shard has one owner: one that was stopped beyond its locks and comes back writes nothing and starts nothing. */
import { afterEach, expect, test } from 'vitest';
import { describeWith } from '../components/available.ts';
import { isDeep } from './support/lines.ts';
import { ShardArena } from './support/shardArena.ts';
import { endsWell } from './support/shardEnds.ts';
import type { ShardCall } from './support/shardEvidence.ts';
import { ENDLESS, putIntoAll, threeLines } from './support/shardLines.ts';
import { checkpointsGoBack } from './support/shardReasons.ts';

const PATIENCE_MS = isDeep ? 300_000 : 60_000;
/** Longer than the lock of a turn, and than another process takes to see that. */
const STOPPED_MS = 5000;
/** Between the end of a call and its durable save. */
const SAVES_WITHIN_MS = 500;

const FLEETS = [
  ['itself', ['all', 'all']],
  ['as jobs', ['poller', 'worker', 'poller']],
] as const;

describeWith(['redis'], 'shards: two owners', () => {
  let arena: ShardArena;

  afterEach(() => arena.close());

  test.each(isDeep ? FLEETS : FLEETS.slice(0, 1))(
    'the stopped one had invoked %s',
    { timeout: PATIENCE_MS },
    async (_how, roles) => {
      arena = await ShardArena.open(threeLines({ shards: 3 }));
      const [first] = await arena.startAll(...roles);
      putIntoAll(arena, ENDLESS);
      if (!first) throw new Error('nobody was started');
      await arena.seeCalls(20);
      if (first.role === 'all') await arena.inCall(first);
      const watching = new AbortController();
      const watched = arena.watchCheckpoints(watching.signal);
      await arena.pause(first, STOPPED_MS);
      await arena.seeCalls(20);
      arena.stopPutting();
      watching.abort();
      const { duplicates } = await endsWell(arena, PATIENCE_MS);
      const { halts } = await arena.evidence();
      const [{ fromMs, resumedMs = 0 } = { fromMs: 0 }] = halts;
      // What ran when it was stopped may come again from its new owner, and nothing else.
      const wasRunning = ({ pid, startedMs, seenMs }: ShardCall) =>
        (first.role === 'poller' || pid === first.pid) && seenMs >= fromMs - SAVES_WITHIN_MS && startedMs <= resumedMs;
      expect(duplicates.filter((one) => !wasRunning(one.first) && !wasRunning(one.second))).toEqual([]);
      const seen = await watched;
      expect(new Set(seen.map(({ index }) => index)).size).toBeGreaterThan(5);
      expect(checkpointsGoBack(seen)).toEqual([]);
    },
  );
});
