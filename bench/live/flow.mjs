/** A steady flow of numbered records through a stream of the substrate, and what a function wrote down of their arrival. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { handlerOf, startUp, writeScenario } from './processes.mjs';
import { makeStream } from './streams.mjs';

const TICK_MS = 10;
const PATIENCE_MS = 60_000;

/** Each key gets a record every so often, in turns. `stop` resolves with how many there were of each key. */
export async function startFlow(redisUrl, name, shards, { keys, everyMs }) {
  const { stream, put, close } = await makeStream(redisUrl, name, shards);
  const sent = new Map(keys.map((key) => [key, 0]));
  const perMs = keys.length / everyMs;
  const beganMs = performance.now();
  let isOver = false;
  let total = 0;
  const flowing = (async () => {
    while (!isOver) {
      const due = Math.floor((performance.now() - beganMs) * perMs);
      for (; total < due; total += 1) await one(keys[total % keys.length]);
      await sleep(TICK_MS);
    }
  })();
  const puts = [];
  async function one(key) {
    const number = sent.get(key);
    sent.set(key, number + 1);
    puts.push(put([key], Buffer.from(String(number)).toString('base64')));
    if (puts.length >= 100) await Promise.all(puts.splice(0));
  }
  return {
    stream,
    total: () => total,
    async stop() {
      isOver = true;
      await flowing;
      await Promise.all(puts);
      await close();
      return sent;
    },
  };
}

/** A mapping whose function writes down what arrives. `fanOut`: it is told of records and does not poll each second. */
export function startArrivals({ folder, redis, file }, { name, shards, fanOut }) {
  const scenario = writeScenario(folder, {
    scenario: name,
    source: { type: 'kinesis', name, shards, ...(fanOut && { consumer: 'bench' }) },
    mapping: { BatchSize: 100, StartingPosition: 'TRIM_HORIZON' },
    function: { name: 'arrivals', handler: handlerOf('arrivals') },
  });
  const args = ['--role', 'all', '--inline', '--no-gateway'];
  return startUp(scenario, redis.url, args, {
    cwd: folder,
    env: { ARRIVALS_FILE: file },
    counted: 'InvokedEventCount',
  });
}

export function arrivalsIn(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => {
    const [atMs, pid, shardId, key, number] = line.split(' ');
    return { atMs: Number(atMs), pid: Number(pid), shardId, key, number: Number(number) };
  });
}

/** Waits until all that was sent has arrived. @throws when something is missing, or came out of order */
export async function allArrived(file, sent) {
  const total = [...sent.values()].reduce((all, one) => all + one, 0);
  const deadlineMs = performance.now() + PATIENCE_MS;
  let known;
  do {
    if (performance.now() > deadlineMs) throw new Error(`${total - known.first} of ${total} records did not arrive`);
    await sleep(250);
    known = inOrder(arrivalsIn(file));
  } while (known.first < total);
  return known;
}

/** How many records came, and how many of them again. A key's records come again only from one on, in order. */
function inOrder(arrivals) {
  const next = new Map();
  let first = 0;
  for (const { key, number } of arrivals) {
    const due = next.get(key) ?? 0;
    if (number > due) throw new Error(`record ${number} of ${key} came before record ${due}`);
    if (number < due) continue;
    next.set(key, due + 1);
    first += 1;
  }
  return { first, again: arrivals.length - first };
}
