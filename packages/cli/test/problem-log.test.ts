/** What goes wrong with a mapping is a line of the log, once. */
import { expect, test } from 'vitest';
import { ProblemLog } from '../src/live/problemLog.ts';

test('a source that cannot be read, and can be again; errors when they are new', () => {
  const lines: string[] = [];
  const log = new ProblemLog((level, text) => lines.push(`${level}: ${text}`));
  const look = (trouble?: string, error?: string) => {
    const meter = { lastError: error === undefined ? undefined : { atMs: 1, text: error } };
    log.look([['orders', { trouble, meter }]]);
    return lines.splice(0);
  };
  expect(look()).toEqual([]);
  expect(look('Nobody is there.', 'Nobody is there.')).toEqual([
    'warn: orders cannot read its source: Nobody is there.',
  ]);
  expect(look('Nobody is there.', 'Nobody is there.')).toEqual([]);
  expect(look(undefined, 'Nobody is there.')).toEqual(['info: orders can read its source again']);
  expect(look(undefined, 'Nobody is there.')).toEqual([]);
  expect(look(undefined, '120 records had expired before they were read')).toEqual([
    'warn: orders, last error: 120 records had expired before they were read',
  ]);
  expect(look(undefined, '120 records had expired before they were read')).toEqual([]);
});
