/** infra/components/lock.mjs: one at a time, others wait, and a dead owner holds nobody up. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../infra/components/lock.mjs';

let dir = '';
let link = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  link = join(dir, 'deep', 'install.lock');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the second waits for the first, is told whom it waits for, and both finish', async () => {
  const order: string[] = [];
  let finishFirst = () => {};
  const finished = new Promise<void>((resolve) => {
    finishFirst = resolve;
  });
  const first = withLock(link, async () => {
    order.push('first starts');
    await finished;
    order.push('first ends');
  });
  const onWait = (owner: number) => {
    order.push(`second waits for ${owner === process.pid ? 'the first' : owner}`);
    finishFirst();
  };
  const second = withLock(link, async () => void order.push('second runs'), onWait);
  await Promise.all([first, second]);
  expect(order.toSorted()).toEqual(['first ends', 'first starts', 'second runs', 'second waits for the first']);
  expect(order.slice(-2)).toEqual(['first ends', 'second runs']);
});

test('is free again after work that threw', async () => {
  await expect(withLock(link, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(await withLock(link, async () => 'done')).toBe('done');
  expect(existsSync(link)).toBe(false);
});

test('is taken over from an owner that is dead', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  await withLock(link, async () => {});
  symlinkSync(String(dead), link);
  const waits: number[] = [];
  expect(
    await withLock(
      link,
      async () => 'done',
      (owner) => void waits.push(owner),
    ),
  ).toBe('done');
  expect(waits).toEqual([]);
});
