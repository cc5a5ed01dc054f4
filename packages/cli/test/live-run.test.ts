/** Mappings of a live run whose sources are slow to be reached, or cannot be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  memoryCheckpoints,
  memoryOutbox,
  memoryPermits,
  memoryQueues,
  memoryStreams,
  memoryTopics,
  type Stream,
  systemClock,
} from '@millrace/runtime';
import { loadScenario } from '@millrace/simulation/node';
import { afterAll, expect, test } from 'vitest';
import { LiveRun } from '../src/live/liveRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-live-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run whose stream says what it is when `known` resolves; it counts how often that was asked. */
async function runWith(known: () => Promise<void>) {
  const file = join(folder, 'slow.yaml');
  writeFileSync(
    file,
    'scenario: slow\nsource: { type: kinesis, name: s }\nmapping: { StartingPosition: TRIM_HORIZON }\nrecords: [{ id: a, at: 0s, key: k, data: 1 }]\n',
  );
  const { plan } = await loadScenario(file);
  const streams = memoryStreams();
  const asked = { times: 0 };
  const open = streams.open.bind(streams);
  streams.open = (name: string): Stream => {
    const stream = open(name);
    const definition = stream.definition.bind(stream);
    stream.definition = async () => {
      asked.times += 1;
      await known();
      return definition();
    };
    return stream;
  };
  const logged: string[] = [];
  const run = await LiveRun.prepare(plan, {
    substrate: { queues: memoryQueues(), streams, topics: memoryTopics() },
    checkpoints: memoryCheckpoints(),
    outbox: memoryOutbox(),
    permits: memoryPermits(systemClock),
    inline: true,
    maxEnvironments: 1,
    log: (_level, text) => logged.push(text),
  });
  const [mapping] = plan.mappings;
  if (!mapping) throw new Error('the plan has no mapping');
  return { run, mapping, asked, logged };
}

function held() {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
}

test('a mapping that is disabled while its source is being reached does not begin', async () => {
  const known = held();
  const { run, mapping, asked } = await runWith(() => known.promise);
  const creating = run.control.create(mapping);
  await expect.poll(() => asked.times).toBe(1);
  const [created] = run.control.mappings;
  await run.control.apply([{ kind: 'stopped', uuid: created?.uuid ?? '', atMs: systemClock.now() }]);
  known.release();
  await creating;
  await systemClock.until(systemClock.now() + 50);
  expect(run.mappings.get(mapping.name)?.pollers().open).toBe(0);
  expect(await run.stop(1000)).toBe(true);
});

test('a mapping that is enabled twice while its source is being reached is made once', async () => {
  const known = held();
  const { run, mapping, asked } = await runWith(() => known.promise);
  const creating = run.control.create(mapping);
  await expect.poll(() => asked.times).toBe(1);
  const [created] = run.control.mappings;
  if (!created) throw new Error('nothing was created');
  const { uuid, settings } = created;
  const again = run.control.apply([{ kind: 'started', uuid, settings, atMs: systemClock.now() }]);
  known.release();
  await Promise.all([creating, again]);
  await expect.poll(() => run.mappings.get(mapping.name)?.pollers().open).toBe(1);
  expect(asked.times).toBe(1);
  expect(await run.stop(1000)).toBe(true);
});

test('a run that is stopped while a source is being reached begins nothing afterwards', async () => {
  const known = held();
  const { run, mapping } = await runWith(() => known.promise);
  const creating = run.control.create(mapping);
  expect(await run.stop(1000)).toBe(true);
  known.release();
  await creating;
  await systemClock.until(systemClock.now() + 50);
  expect(run.mappings.get(mapping.name)?.pollers().open ?? 0).toBe(0);
});

test('why a mapping could not begin is known also to who did not wait for it', async () => {
  const { run, mapping } = await runWith(() => Promise.reject(new Error('no such stream')));
  await expect(run.control.create(mapping)).rejects.toThrow('no such stream');
  expect(String(run.failure)).toContain('no such stream');
  expect(await run.stop(1000)).toBe(true);
});

test('what does not close well is said, and everything else is closed', async () => {
  const { run, mapping, logged } = await runWith(async () => {});
  await run.control.create(mapping);
  const running = run.mappings.get(mapping.name);
  if (running) running.close = () => Promise.reject(new Error('no goodbye'));
  let closed = false;
  const [first] = run.functions;
  if (first) {
    first.gate.invoker.close = async () => {
      closed = true;
    };
  }
  expect(await run.stop(1000)).toBe(true);
  expect([closed, logged.includes('no goodbye')]).toEqual([true, true]);
});
