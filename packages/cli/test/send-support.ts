/** Fixtures for `millrace send`, and whether what has arrived is in order. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { scratch, session } from './support.ts';

let made = 0;
export const newName = () => `send${process.pid}x${++made}`;

/** A fixture in a folder of its own; answers its path. */
export function fixture(type: string, records: readonly object[]): string {
  const file = join(scratch(), 'records.jsonl');
  const lines = [{ millrace: 1, source: { type } }, ...records].map((line) => JSON.stringify(line));
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

export async function send(...args: string[]) {
  const shell = session();
  const code = await shell.run('send', ...args);
  return { code, out: shell.out, err: shell.err };
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');
export const text = (data: string | null | undefined) => (data == null ? data : Buffer.from(data, 'base64').toString());

/** Numbers of each key, in the order in which they are there. */
export function byKey(records: readonly (readonly [key: string, data: string])[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const [key, data] of records) numbers.set(key, [...(numbers.get(key) ?? []), JSON.parse(data).n]);
  return numbers;
}

export function expectInOrder(numbers: ReadonlyMap<string, readonly number[]>, keys: number, count: number): void {
  expect(numbers.size).toBe(keys);
  expect([...numbers.values()].flat()).toHaveLength(count);
  for (const [key, some] of numbers) expect(some, key).toEqual(some.toSorted((a, b) => a - b));
}

export const numbered = (count: number, keys: number) =>
  Array.from({ length: count }, (_, n) => ({ key: `k${n % keys}`, data: JSON.stringify({ n }) }));
