/**
 * A destination that is away: shards go on meanwhile, and what was discarded arrives afterwards. One that takes nothing is
 * given up, and counted.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../infra/components/process.mjs';
import { describeWith } from '../components/available.ts';
import { isDeep } from './support/lines.ts';
import { discardedOf, ShardArena } from './support/shardArena.ts';
import { endsWell } from './support/shardEnds.ts';
import type { Discarded } from './support/shardEvidence.ts';
import { putIntoAll, threeLines } from './support/shardLines.ts';
import { shardOf } from './support/shardReasons.ts';

const PATIENCE_MS = isDeep ? 600_000 : 60_000;
const FIFO = 'arn:aws:sqs:us-east-1:123456789012:refused.fifo';

/** Files of failure records, by mapping; none as long as something else is in the folder's place. */
function lettersIn(folder: string, names: readonly string[]): Discarded[] {
  return names.flatMap((name) => {
    const lines = linesOf(join(folder, `${name}.jsonl`));
    return lines.map((line) => discardedOf(name, line));
  });
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

/** DestinationDeliveryFailures of a mapping, as the metrics of a process have it. */
async function undelivered(port: number, mapping: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`DestinationDeliveryFailures{`) && each.includes(`"${mapping}"`));
  if (!line) throw new Error(`the metrics have no such counter: ${text}`);
  return Number(line.slice(line.lastIndexOf(' ')));
}

describeWith(['redis'], 'shards: a destination', () => {
  let arena: ShardArena;

  afterEach(() => arena.close());

  test.each<readonly [awayMs: number, fate: 'kept' | 'killed']>(
    isDeep
      ? [
          [60_000, 'kept'],
          [60_000, 'killed'],
        ]
      : [[3500, 'killed']],
  )('is away for %d ms, while processes are %s', { timeout: PATIENCE_MS }, async (awayMs, fate) => {
    const lines = threeLines({ destination: 'arn:aws:sqs:us-east-1:123456789012:elsewhere' });
    arena = await ShardArena.open(lines);
    const target = join(arena.redis.dir, 'failed');
    const names = lines.map(({ name }) => name);
    arena.elsewhere = () => lettersIn(target, names);
    writeFileSync(target, 'no folder');
    const start = () => arena.start('all', ['--destinations', `file:${target}`]);
    const ups = [start(), start()];
    await Promise.all(ups.map((up) => up.ready));
    putIntoAll(arena);
    await arena.until('something to be given up', async () => discards(arena) > 0, 20_000);
    const awayUntil = sleep(awayMs);
    const [first] = ups;
    if (fate === 'killed' && first) await arena.kill(first);
    // Nothing has arrived, and all that is no poison is handled all the same.
    await arena.handled(({ bad }) => bad !== true);
    await awayUntil;
    expect(arena.elsewhere()).toEqual([]);
    rmSync(target);
    mkdirSync(target);
    const { discarded, duplicates } = await endsWell(arena, PATIENCE_MS);
    expect(discarded).toBeGreaterThan(0);
    if (fate === 'kept') expect(duplicates).toEqual([]);
  });

  test('takes nothing at all: each failure record is given up and counted', { timeout: PATIENCE_MS }, async () => {
    arena = await ShardArena.open(threeLines({ destination: FIFO }));
    arena.elsewhere = () => undeliveredRecords(arena);
    const port = await freePort();
    await arena.start('all', ['--http-port', String(port)]).ready;
    putIntoAll(arena);
    await arena.drained();
    for (const { name } of arena.lines) {
      const given = undeliveredRecords(arena).filter(({ stream }) => stream === name);
      expect(given.length).toBeGreaterThan(0);
      expect(await undelivered(port, name)).toBe(given.length);
    }
    expect((await endsWell(arena)).duplicates).toEqual([]);
  });
});

/** How many batches were given up, as the trace has it. */
function discards({ reasons }: ShardArena): number {
  return reasons.lines.filter(({ what }) => what === 'discard').length;
}

/** What the trace says was given up and not delivered: a record each. */
function undeliveredRecords({ reasons }: ShardArena): Discarded[] {
  return reasons.lines.flatMap(({ what, mapping = '', poller = '', records = [], data }) => {
    const [first, last] = [records[0], records.at(-1)];
    if (what !== 'discarded' || data?.delivered !== false || first === undefined || last === undefined) return [];
    const condition = String(data.condition);
    return [{ stream: mapping, shard: shardOf(poller), first, last, size: records.length, condition }];
  });
}
