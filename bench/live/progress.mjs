/** How quickly something gets through a number of records: its rate between two counts, and the CPU it took for that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './processes.mjs';

const EVERY_MS = 100;
const STALLED_MS = 30_000;

/**
 * Watches until `total` are done. What is measured lies between the counts `from` and `to`: before is warm-up, after it
 * the queue runs dry. Both counts are interpolated between two looks. `shared`: processes that serve both sides; their CPU
 * counts, and is told apart too. From 0 on, what is measured begins with the call.
 */
export async function watch(one, { from, to, total }, pids = [one.pid], shared = []) {
  const looks = [];
  const look = (count, atMs) => {
    const sharedCpu = sum(shared.map(cpuSeconds));
    looks.push({ count, atMs, cpu: sum(pids.map(cpuSeconds)) + sharedCpu, sharedCpu });
  };
  if (from === 0) look(0, performance.now());
  for (;;) {
    const count = await one.count();
    const atMs = performance.now();
    const last = looks.at(-1);
    if (!last || count > last.count) look(count, atMs);
    else if (atMs - last.atMs > STALLED_MS) throw new Error(`nothing happened for 30 s after ${count} of ${total}`);
    if (count >= total) break;
    await sleep(EVERY_MS);
  }
  const [start, end] = [crossing(looks, from), crossing(looks, to)];
  const records = to - from;
  return {
    rate: (records * 1000) / (end.atMs - start.atMs),
    cpuMicros: ((end.cpu - start.cpu) * 1e6) / records,
    sharedMicros: ((end.sharedCpu - start.sharedCpu) * 1e6) / records,
    seconds: (end.atMs - start.atMs) / 1000,
    cores: ((end.cpu - start.cpu) * 1000) / (end.atMs - start.atMs),
  };
}

/** Waits until a mapping has grown to so many slots, as it does on AWS: by five a second from five on. */
export async function grown(up, slots) {
  while ((await up.counter('Pollers')) < slots) await sleep(250);
}

/** What lies between now and so many records more. */
export async function from(one, records) {
  const now = await one.count();
  // The first look comes at once, the last one a little later than the last record.
  return { from: now, to: now + records, total: now + records };
}

function crossing(looks, count) {
  const after = Math.max(
    1,
    looks.findIndex((look) => look.count >= count),
  );
  const [left, right] = [looks[after - 1], looks[after]];
  const share = Math.max(0, (count - left.count) / (right.count - left.count));
  return {
    atMs: left.atMs + share * (right.atMs - left.atMs),
    cpu: left.cpu + share * (right.cpu - left.cpu),
    sharedCpu: left.sharedCpu + share * (right.sharedCpu - left.sharedCpu),
  };
}

const sum = (values) => values.reduce((all, one) => all + one, 0);
