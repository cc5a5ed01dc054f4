/** What the cases of ordered sources put, wait for and demand. */
import assert from 'node:assert/strict';
import { eventuallyWithin } from './eventually.ts';
import type { OrderedRecord, OrderedRun, OrderedSubject, OrderedUnderTest, SeenRecord } from './orderedSubject.ts';

export const eventually = eventuallyWithin(30_000);

/** Carries out a case over a source of its own, which is given back whatever comes. */
export async function withSource(
  subject: OrderedSubject,
  units: number,
  run: (under: OrderedUnderTest) => Promise<void>,
): Promise<void> {
  const under = await subject.make(units);
  try {
    await run(under);
  } finally {
    await under.close?.();
  }
}

/** Records with the values `<prefix>0`, `<prefix>1`, … over so many keys, in turn. */
export function recordsOf(prefix: string, count: number, keys = 5): OrderedRecord[] {
  return Array.from({ length: count }, (_, index) => ({ key: `k${index % keys}`, value: `${prefix}${index}` }));
}

export const valuesOf = (records: readonly OrderedRecord[]) => records.map(({ value }) => value);

export async function untilSeen(run: OrderedRun, count: number): Promise<void> {
  await eventually(`${count} records were delivered`, () => run.all().length >= count);
}

/** Everything that was put is here once, and in order for each key. */
export function eachOnceInOrder(seen: readonly SeenRecord[], put: readonly OrderedRecord[]): void {
  assert.deepEqual(valuesOf(seen).sort(), valuesOf(put).sort(), 'each record once');
  inOrder(seen, put);
}

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}

/** For each key: in the order in which they were put, where a record that comes again may follow itself only. */
export function inOrder(seen: readonly SeenRecord[], put: readonly OrderedRecord[]): void {
  for (const [key, values] of grouped(seen, (record) => record.key)) {
    const order = valuesOf(put.filter((record) => record.key === key));
    const places = values.map(({ value }) => order.indexOf(value));
    assert.ok(!places.includes(-1), `only what was put comes of ${key}`);
    const isAscending = places.every((place, index) => index === 0 || place >= (places[index - 1] ?? 0));
    assert.ok(isAscending, `order of ${key}: ${valuesOf(values).join(' ')}`);
  }
}
