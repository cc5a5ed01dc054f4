/** What a recording of a topic does when its brokers do what a broker seldom does: the client answers what the test says. */
import type { Kafka } from 'kafkajs';
import { expect, test, vi } from 'vitest';
import { session } from './support.ts';

const parts = vi.hoisted(() => ({ client: undefined as unknown }));
vi.mock('../src/live/brokers.ts', () => ({ brokersClient: async () => parts.client }));

/** How many records retention has taken. */
let taken = 0;
/** Where the reader was told to go on. */
const sought: string[] = [];

type Handler = (payload?: unknown) => unknown;

/** One partition with the records 0 to `high` - 1. `connect`: what a connecting consumer gets. `run`: what its reader is brought and told: that it has joined, or that a batch has ended. */
function brokers(
  high: number,
  connect: () => Promise<void>,
  run: (eachBatch: Handler, tell: Handler) => unknown,
): void {
  const offsets = () => [{ partition: 0, low: String(taken), high: String(high), offset: String(high) }];
  const nothing = async () => {};
  const listeners: Record<string, Handler> = {};
  const admin = {
    ...{ connect: nothing, disconnect: nothing, deleteGroups: nothing },
    listTopics: async () => ['t'],
    fetchTopicOffsets: async () => offsets(),
  };
  const consumer = {
    ...{ connect, disconnect: nothing, pause: () => {}, resume: () => {} },
    seek: ({ offset }: { offset: string }) => void sought.push(offset),
    events: { CRASH: 'crash', END_BATCH_PROCESS: 'end', GROUP_JOIN: 'join' },
    on: (event: string, listener: Handler) => {
      listeners[event] = listener;
    },
    // As kafkajs's does where nothing is connected.
    subscribe: () => connect(),
    run: async ({ eachBatch }: { eachBatch: Handler }) =>
      void run(eachBatch, (payload) => listeners[payload === undefined ? 'join' : 'end']?.({ payload })),
  };
  parts.client = { admin: () => admin, consumer: () => consumer } as unknown as Kafka;
}

const RECORD = ['record', 'kafka:t', '--brokers', '127.0.0.1:1', '--once'];

test('brokers that go away before the first record are one sentence, not a bug', async () => {
  brokers(
    3,
    () => Promise.reject(new Error('connect ECONNREFUSED')),
    () => {},
  );
  const shell = session();
  expect(await shell.run(...RECORD)).toBe(2);
  expect(shell.err).toContain('The topic t cannot be read any more: connect ECONNREFUSED.\n');
  expect(shell.err).not.toContain('bug');
});

test('a batch that is brought again, because the group began anew before its end was told, is taken once', async () => {
  const message = (offset: number) => ({
    offset: String(offset),
    key: null,
    value: Buffer.from(`v${offset}`),
    timestamp: '5',
  });
  const batch = (...given: number[]) => ({
    isStale: () => false,
    batch: { partition: 0, messages: given.map(message), lastOffset: () => String(given.at(-1)) },
  });
  brokers(
    3,
    async () => {},
    async (eachBatch, tell) => {
      tell();
      await eachBatch(batch(0, 1));
      tell();
      await eachBatch(batch(0, 1, 2));
      tell({ partition: 0, batchSize: 3, lastOffset: '2' });
    },
  );
  const shell = session();
  expect(await shell.run(...RECORD)).toBe(0);
  const lines = shell.out.trimEnd().split('\n').slice(1);
  expect(lines.map((line) => JSON.parse(line).value)).toEqual(['v0', 'v1', 'v2']);
  expect(sought).toEqual(['0', '2']);
});

test('what retention takes before it could be read is not waited for', async () => {
  brokers(
    3,
    async () => {},
    () => {
      taken = 3;
    },
  );
  const shell = session();
  expect(await shell.run(...RECORD)).toBe(0);
  expect(shell.err).toBe('Nothing of the topic t was there to be recorded.\n');
});
