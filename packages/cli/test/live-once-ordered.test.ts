/** What a played run knows of streams and topics: where LATEST is, and which tumbling windows are still to be closed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCheckpoints, systemClock } from '@millrace/runtime';
import type { TraceLine } from '@millrace/semantics';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { OnceBeginnings } from '../src/live/onceBeginnings.ts';
import { loadOnce } from '../src/live/onceCommand.ts';
import { OnceWindows } from '../src/live/onceWindows.ts';

const MINUTES_MS = 60_000;
const END_MS = 1_000_000;

describe('open windows of a played run', () => {
  const newWindows = () => {
    const windows = new OnceWindows();
    const take = (what: TraceLine['what'], records: string[], more: Partial<TraceLine> = {}) =>
      windows.take({ at: END_MS - 5000, what, mapping: 'm', lanes: ['s0'], records, ...more });
    const invoke = (attempt: string, records: string[], final: boolean) =>
      take('invoke', records, { attempt, data: { window: { startMs: 0, endMs: END_MS, final } } });
    return { windows, take, invoke };
  };

  test('a window is open from its first invocation until its last has succeeded, not only been tried', () => {
    const { windows, take, invoke } = newWindows();
    expect(windows.isOpen('m', END_MS)).toBe(false);
    invoke('a', ['r1'], false);
    take('settled', ['r1'], { attempt: 'a', data: { outcome: 'success' } });
    expect([windows.isOpen('m', END_MS), windows.isOpen('other', END_MS)]).toEqual([true, false]);
    invoke('b', [], true);
    take('settled', [], { attempt: 'b', data: { outcome: 'error' } });
    expect(windows.isOpen('m', END_MS)).toBe(true);
    invoke('c', [], true);
    take('settled', [], { attempt: 'c', data: { outcome: 'success' } });
    expect(windows.isOpen('m', END_MS)).toBe(false);
  });

  test('a window whose last invocation was given up is closed; one that lost records only is not', () => {
    const { windows, take, invoke } = newWindows();
    invoke('a', ['r1'], false);
    take('discard', ['r1']);
    expect(windows.isOpen('m', END_MS)).toBe(true);
    invoke('b', [], true);
    take('settled', [], { attempt: 'b', data: { outcome: 'error' } });
    take('discard', []);
    expect(windows.isOpen('m', END_MS)).toBe(false);
  });

  test('a window that is never closed is not waited for for ever', () => {
    const { windows, invoke } = newWindows();
    invoke('a', ['r1'], false);
    expect(windows.isOpen('m', END_MS + 1 * MINUTES_MS)).toBe(true);
    expect(windows.isOpen('m', END_MS + 3 * MINUTES_MS)).toBe(false);
  });
});

test('a mapping has begun once it is kept where it reads, and is waited for no longer than that', async () => {
  const beginnings = new OnceBeginnings(memoryCheckpoints(), systemClock);
  const before = systemClock.now();
  await beginnings.wait(['m'], 30);
  expect(systemClock.now()).toBeGreaterThanOrEqual(before + 30);
  expect(beginnings.begunMs('m')).toBeUndefined();
  const waiting = beginnings.wait(['m'], 60_000);
  await beginnings.checkpoints.begin({ mapping: 'm', name: 's0' }, new Map([['', 'horizon']]));
  await waiting;
  const begunMs = beginnings.begunMs('m');
  expect(begunMs).toBeGreaterThanOrEqual(before);
  await beginnings.checkpoints.begin({ mapping: 'm', name: 's1' }, new Map());
  expect(beginnings.begunMs('m')).toBe(begunMs);
});

test('a save is under way until it is answered, also with an error', async () => {
  const kept = memoryCheckpoints();
  let answer = () => {};
  kept.save = () => new Promise((_, fail) => (answer = () => fail(new Error('away'))));
  const beginnings = new OnceBeginnings(kept, systemClock);
  const saving = beginnings.checkpoints.save({ mapping: 'm', name: 's0' }, 1, { ledgers: [], lanes: [] });
  expect(beginnings.isSaving).toBe(true);
  answer();
  await expect(saving).rejects.toThrow('away');
  expect(beginnings.isSaving).toBe(false);
});

describeWith(['redis'], 'streams and topics that are played', () => {
  let redis: RunningRedis;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-once-ordered-'));
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await redis?.stop();
  });

  test.each([
    ['kinesis', 'data: { n: 1 }'],
    ['dynamodb', 'op: INSERT, keys: { id: a }, new: { id: a }'],
    ['self-managed-kafka', 'value: v'],
  ])('what comes to %s when the run begins is read from LATEST, and the run ends', async (type, content) => {
    const file = join(folder, `${type}.yaml`);
    const key = type === 'dynamodb' ? '' : 'key: k, ';
    const records = ['a', 'b'].map((id, index) => `  - { id: ${id}, at: ${index}ms, ${key}${content} }`);
    const source = `source: { type: ${type}, name: orders }\nmapping: { StartingPosition: LATEST }`;
    writeFileSync(file, `scenario: latest\n${source}\nrecords:\n${records.join('\n')}\n`);
    const loaded = await loadOnce(file, {
      redisUrl: redis.url,
      folder,
      inline: false,
      maxEnvironments: 2,
      toleranceMs: 3000,
      log: () => {},
    });
    const { result } = await loaded.run({ untilMs: 20_000 });
    expect(result.records.map(({ id, fate }) => [id, fate])).toEqual([
      ['a', 'succeeded'],
      ['b', 'succeeded'],
    ]);
    expect(result.virtualMs).toBeLessThan(20_000);
    expect(Object.keys(result.checkpoints).length).toBe(1);
    if (type === 'self-managed-kafka') expect(result.checkpoints).toEqual({ 'orders-0': 2 });
  });
});
