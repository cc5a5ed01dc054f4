/** The trace of a played run: names, times and order of what the driver says. */
import type { TraceLine } from '@millrace/semantics';
import type { TracedRun } from '@millrace/simulation';
import { describe, expect, test } from 'vitest';
import { OnceBook } from '../src/live/onceBook.ts';

const START_MS = 1_000_000;

function newBook() {
  const lines: Omit<TraceLine, 'seq'>[] = [];
  const run = { take: (line: Omit<TraceLine, 'seq'>) => lines.push(line) } as unknown as TracedRun;
  const book = new OnceBook({
    startMs: START_MS,
    run,
    sourceOf: (mapping) => (mapping === 'rest' ? 'dead' : 'orders'),
    lettersOf: (source) => (source === 'orders' ? 'dead' : undefined),
  });
  const hear = (at: number, what: TraceLine['what'], records: string[], more: Partial<TraceLine> = {}) =>
    book.hear({ seq: 0, at: START_MS + at, what, records, mapping: 'main', ...more });
  const arrive = (at: number, record: string, id: string) =>
    book.sending(async () => {
      book.say({ at: START_MS + at, what: 'arrived', records: [record], data: { source: 'orders' } });
      book.arrived('orders', record, id, START_MS + at);
    });
  const told = () => lines.map(({ at, what, records = [] }) => `${at} ${what} ${records.join(' ')}`.trim());
  return { book, lines, hear, arrive, told };
}

describe('the book of a played run', () => {
  test('what is fetched before its send was answered comes after its arrival, under its name', async () => {
    const { book, hear, told } = newBook();
    await book.sending(async () => {
      hear(7, 'fetched', ['id-a']);
      hear(8, 'invoke', ['id-a']);
      expect(told()).toEqual([]);
      book.say({ at: START_MS + 5, what: 'arrived', records: ['a'], data: { source: 'orders' } });
      book.arrived('orders', 'a', 'id-a', START_MS + 5);
    });
    expect(told()).toEqual(['5 arrived a', '7 fetched a', '8 invoke a']);
  });

  test('times inside a line count from the start, too', async () => {
    const { lines, hear, arrive } = newBook();
    await arrive(0, 'a', 'id-a');
    hear(9, 'settled', ['id-a'], { data: { startMs: START_MS + 3, endMs: START_MS + 9, cold: true } });
    expect(lines.at(-1)?.data).toEqual({ startMs: 3, endMs: 9, cold: true });
  });

  test('a dead letter that is fetched before it was told waits for that', async () => {
    const { book, hear, arrive, told } = newBook();
    await arrive(0, 'a', 'id-a');
    hear(20, 'fetched', ['id-a'], { mapping: 'rest' });
    hear(21, 'invoke', ['id-a'], { mapping: 'rest' });
    hear(22, 'dead-lettered', ['id-a'], { data: { fate: 'dead-lettered', queue: 'dead' } });
    hear(23, 'settled', ['id-a'], { mapping: 'rest' });
    expect(told().slice(1)).toEqual(['20 dead-lettered a', '20 fetched a', '21 invoke a', '23 settled a']);
    expect([...book.open('orders').keys(), ...book.open('dead').keys()]).toEqual(['a']);
    expect(book.open('dead').size).toBe(1);
  });

  test('a group goes on after what was before was told to be deleted', async () => {
    const { book, hear, told } = newBook();
    await book.sending(async () => {
      for (const record of ['a', 'b', 'other']) {
        book.say({ at: START_MS, what: 'arrived', records: [record], data: { source: 'orders' } });
        book.arrived('orders', record, `id-${record}`, START_MS, record === 'other' ? 'h' : 'g');
      }
    });
    hear(5, 'acknowledge', ['id-a'], { data: { why: 'succeeded' } });
    hear(6, 'fetched', ['id-other']);
    hear(7, 'fetched', ['id-b']);
    hear(8, 'invoke', ['id-b']);
    expect(told().at(-1)).toBe('6 fetched other');
    hear(9, 'acknowledged', ['id-a'], { data: { fate: 'succeeded' } });
    expect(told().slice(-3)).toEqual(['7 acknowledged a', '7 fetched b', '8 invoke b']);
  });

  test('what was removed is no success when its delete is answered', async () => {
    const { book, hear, arrive, told } = newBook();
    await arrive(0, 'a', 'id-a');
    await arrive(0, 'b', 'id-b');
    book.say({ at: START_MS + 5, what: 'removed', records: ['a'], data: { fate: 'removed' } });
    hear(6, 'acknowledged', ['id-a', 'id-b'], { data: { fate: 'succeeded' } });
    expect(told().slice(2)).toEqual(['5 removed a', '6 acknowledged b']);
    expect(book.open('orders').size).toBe(0);
  });

  test('messages that others have sent arrive when they are first seen', async () => {
    const { book, hear, told } = newBook();
    hear(3, 'fetched', ['stranger']);
    expect(told()).toEqual(['3 arrived stranger', '3 fetched stranger']);
    expect(book.open('orders').size).toBe(1);
  });

  test('it is idle when nothing runs and nothing is being deleted', async () => {
    const { book, hear, arrive } = newBook();
    await arrive(0, 'a', 'id-a');
    const seen = [book.isIdle];
    for (const [what, data] of [
      ['invoke', {}],
      ['settled', {}],
      ['acknowledge', { why: 'succeeded' }],
      ['acknowledged', { fate: 'succeeded' }],
    ] as const) {
      hear(1, what, ['id-a'], { data });
      seen.push(book.isIdle);
    }
    expect(seen).toEqual([true, false, true, false, true]);
  });

  test('nothing is taken after its end', async () => {
    const { book, hear, arrive, told } = newBook();
    await arrive(0, 'a', 'id-a');
    book.close();
    hear(9, 'fetched', ['id-a']);
    expect(told()).toEqual(['0 arrived a']);
  });
});
