/** (h) A process that has half of the shards is killed with -9: how long until the records of each flow again elsewhere. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../infra/components/redis.mjs';
import { allArrived, arrivalsIn, startArrivals, startFlow } from './flow.mjs';
import { keysOf } from './streams.mjs';
import { load, row, timesRow } from './table.mjs';

const SHARDS = 8;
const EVERY_MS = 50;
const SPREAD_WITHIN_MS = 60_000;
const AFTERWARDS_MS = 3000;

export async function takeover({ folder, messages: keys, rounds }) {
  const timesMs = [];
  let again = 0;
  for (let round = 0; round < rounds; round += 1) {
    const one = await once(folder, `takeover-${round}`, keys);
    timesMs.push(...one.timesMs);
    again += one.again;
  }
  timesRow('from kill -9 to the next record', timesMs, 'shards');
  row('', `nothing lost, all in order, ${again} records twice`);
  row('', load());
}

async function once(folder, name, count) {
  const redis = await startRedis();
  const file = join(folder, `${name}.txt`);
  writeFileSync(file, '');
  const keys = keysOf(SHARDS, Math.ceil(count / SHARDS)).flat();
  const flow = await startFlow(redis.url, name, SHARDS, { keys, everyMs: EVERY_MS });
  const world = { folder, redis, file };
  const ups = [];
  try {
    for (let count = 0; count < 2; count += 1)
      ups.push(await startArrivals(world, { name, shards: SHARDS, fanOut: true }));
    const [killed, stays] = ups;
    await spread(file, ups);
    const killedMs = Date.now();
    killed.kill();
    const theirs = shardsOf(arrivalsIn(file), killed.pid);
    await untilAll(file, theirs, stays.pid, killedMs);
    await sleep(AFTERWARDS_MS);
    const { again } = await allArrived(file, await flow.stop());
    const firsts = firstArrivals(arrivalsIn(file), stays.pid, killedMs);
    return { again, timesMs: theirs.map((shardId) => firsts.get(shardId) - killedMs) };
  } finally {
    for (const up of ups) await up.stop();
    await redis.stop();
  }
}

/** Waits until both have some shards, and nothing has moved for a while. */
async function spread(file, ups) {
  const deadlineMs = performance.now() + SPREAD_WITHIN_MS;
  let before = '';
  for (;;) {
    await sleep(3000);
    const arrivals = arrivalsIn(file);
    const now = ups.map(({ pid }) => shardsOf(arrivals, pid).join(' ')).join(' | ');
    if (now === before && ups.every(({ pid }) => shardsOf(arrivals, pid).length > 0)) return;
    if (performance.now() > deadlineMs) throw new Error(`the shards were not spread over both processes: ${now}`);
    before = now;
  }
}

/** The shards whose last records this process had. */
function shardsOf(arrivals, pid) {
  const last = new Map();
  for (const { shardId, pid: whose } of arrivals) last.set(shardId, whose);
  return [...last.keys()].filter((shardId) => last.get(shardId) === pid).sort();
}

/** When this process had its first record of each shard after a time. */
function firstArrivals(arrivals, pid, afterMs) {
  const firsts = new Map();
  for (const { atMs, pid: whose, shardId } of arrivals) {
    if (whose === pid && atMs >= afterMs && !firsts.has(shardId)) firsts.set(shardId, atMs);
  }
  return firsts;
}

async function untilAll(file, shardIds, pid, afterMs) {
  const deadlineMs = performance.now() + SPREAD_WITHIN_MS;
  for (;;) {
    const firsts = firstArrivals(arrivalsIn(file), pid, afterMs);
    const missing = shardIds.filter((shardId) => !firsts.has(shardId));
    if (missing.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`nobody has taken over ${missing.join(', ')}`);
    await sleep(250);
  }
}
