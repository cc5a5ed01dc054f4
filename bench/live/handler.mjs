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
