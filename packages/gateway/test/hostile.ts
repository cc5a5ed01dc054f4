/** What makes requests hostile: values, bytes and headers spoilt by a draw that a seed repeats; and a run of many at once. */
import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import type { RawRequest } from './support.ts';

export const isDeep = Boolean(process.env.MILLRACE_DEEP);
export const REQUESTS = isDeep ? 50_000 : 2000;
const AT_ONCE = 16;
const LONGEST_MS = 10_000;
const SEED = Number(process.env.MILLRACE_FUZZ_SEED ?? randomInt(2 ** 31));

const nasty: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\uD800',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { a: null },
  { __proto__x: 1 },
  'http://[::1',
  `${'/1'.repeat(2000)}/q`,
  '{jndi:ldap://x}',
  '9'.repeat(400),
  '%00',
  '<!ENTITY x>',
];

/** A draw of numbers below `n`, so that a seed repeats a request. */
export type Draw = (n: number) => number;

export function spoil(value: unknown, draw: Draw): unknown {
  if (draw(4) === 0) return nasty[draw(nasty.length)];
  if (Array.isArray(value))
    return draw(3) === 0 ? Array(draw(30)).fill(value[0]) : value.map((one) => spoil(one, draw));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(() => draw(8) > 0);
    if (draw(6) === 0) entries.push([String(nasty[draw(nasty.length)]), nasty[draw(nasty.length)]]);
    return Object.fromEntries(entries.map(([name, one]) => [name, draw(3) === 0 ? spoil(one, draw) : one]));
  }
  return draw(2) === 0 ? value : nasty[draw(nasty.length)];
}

export function spoilBytes(body: Buffer, draw: Draw): Buffer {
  switch (draw(5)) {
    case 0:
      return body.subarray(0, draw(body.length + 1));
    case 1:
      return Buffer.concat([body, body.subarray(0, draw(body.length + 1))]);
    case 2: {
      const flipped = Buffer.from(body);
      for (let count = draw(8); count >= 0 && flipped.length > 0; count--) flipped[draw(flipped.length)] = draw(256);
      return flipped;
    }
    case 3:
      return Buffer.from(`${'['.repeat(draw(20_000))}${body}`);
    default:
      return Buffer.from(body.toString().replaceAll('"', draw(2) === 0 ? '\\u0000' : "'"));
  }
}

function drawFrom(seed: number): Draw {
  // A multiply-and-xor generator of 32 bits; any would do, as long as the seed repeats it.
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** The request as bytes, spoilt as bytes: often no HTTP any more. */
export function hostileBytes({ method, path, headers, body }: RawRequest, draw: Draw): Buffer {
  const lines = Object.entries({ host: 'x', 'content-length': String(body!.length), ...headers });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
  return spoilBytes(Buffer.concat([Buffer.from(head), body as Buffer]), draw);
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${LONGEST_MS} ms.`)), LONGEST_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Attacks many times, some at once. Answers how often each outcome was seen; a failure names the seed that repeats it. */
export async function attackMany(
  attack: (draw: Draw) => Promise<string>,
  every200: () => Promise<unknown>,
): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  let next = 0;
  const attacker = async () => {
    while (next < REQUESTS) {
      const seed = SEED + next++;
      const outcome = await withinTime(attack(drawFrom(seed))).catch((error: unknown) => {
        throw new Error(`Repeat it with MILLRACE_FUZZ_SEED=${seed}. ${error}`, { cause: error });
      });
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      if (next % 200 === 0) await every200();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attacker));
  expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  return seen;
}
