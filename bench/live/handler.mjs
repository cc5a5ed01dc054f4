/** Functions of the live benches. */
import { appendFileSync } from 'node:fs';

export async function nothing() {}

/** Computes for 20 ms of this thread's CPU. */
export function computing() {
  const used = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  const until = used() + 20_000;
  let sum = 0;
  while (used() < until) for (let n = 0; n < 1000; n += 1) sum += Math.sqrt(n);
  return { sum };
}

/** Writes down how long each message had been visible when it came here, in milliseconds. */
export async function latency(event) {
  const now = Date.now();
  const waits = event.Records.map(({ attributes }) => now - Number(attributes.SentTimestamp));
  appendFileSync(process.env.LATENCY_FILE, `${waits.join('\n')}\n`);
}

/** Writes down when, where and from which shard each record came here: its key, and its number within the key. */
export async function arrivals(event) {
  const now = Date.now();
  const lines = event.Records.map(({ eventID, kinesis: { partitionKey, data } }) => {
    const shardId = eventID.slice(0, eventID.indexOf(':'));
    return `${now} ${process.pid} ${shardId} ${partitionKey} ${Buffer.from(data, 'base64')}\n`;
  });
  appendFileSync(process.env.ARRIVALS_FILE, lines.join(''));
}
