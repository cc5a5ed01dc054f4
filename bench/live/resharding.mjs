/**
 * (g) What resharding costs: how long the records of a key do not come, around a split and around the merge of its children,
 * while records flow; for a mapping that polls each second, and for one that is told of records.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../infra/components/redis.mjs';
import { allArrived, arrivalsIn, startArrivals, startFlow } from './flow.mjs';
import { keysOf } from './streams.mjs';
import { load, row, timesRow } from './table.mjs';

const SHARDS = 2;
const EVERY_MS = 50;
const QUIET_MS = 4000;
const AROUND_MS = 5000;

export async function resharding({ folder, messages: keys, rounds }) {
  for (const fanOut of [false, true]) {
    const gaps = { before: [], split: [], merge: [] };
    let again = 0;
    for (let round = 0; round < rounds; round += 1) {
      const name = `reshard-${fanOut ? 'told' : 'polled'}-${round}`;
      const known = await once({ folder, keys, name, fanOut }, gaps);
      again += known.again;
    }
    row(fanOut ? 'told of records' : 'polling each second', `a record of each key every ${EVERY_MS} ms`);
    timesRow('longest gap before', gaps.before, 'keys');
    timesRow('longest gap around the split', gaps.split, 'keys');
    timesRow('longest gap around the merge', gaps.merge, 'keys');
    row('', `nothing lost, all in order, ${again} records twice`);
  }
  row('', load());
}

async function once({ folder, keys: count, name, fanOut }, gaps) {
  const redis = await startRedis();
  const file = join(folder, `${name}.txt`);
  writeFileSync(file, '');
  const [keys, others] = keysOf(SHARDS, Math.ceil(count / SHARDS));
  const flow = await startFlow(redis.url, name, SHARDS, { keys: [...keys, ...others], everyMs: EVERY_MS });
  const up = await startArrivals({ folder, redis, file }, { name, shards: SHARDS, fanOut });
  try {
    // The code warms up, and what had come before is worked off.
    await sleep(2 * QUIET_MS);
    const splitMs = Date.now();
    const { opened } = await flow.stream.split('shardId-000000000000');
    await sleep(AROUND_MS + QUIET_MS);
    const mergeMs = Date.now();
    await flow.stream.merge(...opened);
    await sleep(AROUND_MS);
    const known = await allArrived(file, await flow.stop());
    const arrivals = arrivalsIn(file);
    const isRead = opened.every((child) => arrivals.some(({ shardId }) => shardId === child));
    if (!isRead) throw new Error('no records came from the children of the split');
    const times = timesOf(arrivals, new Set(keys));
    gaps.before.push(...longestGaps(times, splitMs - QUIET_MS, splitMs));
    gaps.split.push(...longestGaps(times, splitMs, splitMs + AROUND_MS));
    gaps.merge.push(...longestGaps(times, mergeMs, mergeMs + AROUND_MS));
    return known;
  } finally {
    await up.stop();
    await redis.stop();
  }
}

/** When the records of each of these keys came. */
function timesOf(arrivals, keys) {
  const times = new Map();
  for (const { key, atMs } of arrivals) {
    if (!keys.has(key)) continue;
    if (times.has(key)) times.get(key).push(atMs);
    else times.set(key, [atMs]);
  }
  return times;
}

/** Of each key: the longest time without a record that ended within this. */
function longestGaps(times, fromMs, toMs) {
  return [...times.values()].map((those) => {
    let longest = 0;
    for (const [index, atMs] of those.entries()) {
      if (index > 0 && atMs >= fromMs && atMs < toMs) longest = Math.max(longest, atMs - those[index - 1]);
    }
    return longest;
  });
}
