/** A member of a group as kafkajs has it, with a consumer and an admin that do what a test tells them. */
import { systemClock } from '@millrace/runtime';
import type { PartitionOffsets } from '@millrace/semantics';
import type { Kafka } from 'kafkajs';
import { expect, test } from 'vitest';
import type { Taker } from '../src/client.ts';
import type { KafkaAdmin } from '../src/kafka/admin.ts';
import { KafkaMember } from '../src/kafka/member.ts';
import { later } from './support/poller.ts';
import { context, lanes } from './support/records.ts';

type Listener = (event: { payload: unknown }) => void;
type EachBatch = (payload: object) => Promise<void>;

/** Partition 0 of topic `t`. */
class HandConsumer {
  readonly seeks: string[] = [];
  readonly #listeners = new Map<string, Listener>();
  #eachBatch: EachBatch = () => Promise.resolve();

  on = (event: string, listener: Listener) => void this.#listeners.set(event, listener);
  connect = () => Promise.resolve();
  disconnect = () => Promise.resolve();
  subscribe = () => Promise.resolve();
  pause = () => {};
  resume = () => {};
  seek = ({ offset }: { offset: string }) => void this.seeks.push(offset);

  run({ eachBatch }: { eachBatch: EachBatch }): Promise<void> {
    this.#eachBatch = eachBatch;
    return Promise.resolve();
  }

  emit(event: string, payload: unknown): void {
    this.#listeners.get(event)?.({ payload });
  }

  /** A batch that was asked for from an offset on, with these. */
  batch(fetchedOffset: number, offsets: readonly number[]): Promise<void> {
    const messages = offsets.map((offset) => ({ offset: `${offset}`, timestamp: '1', key: null, value: null }));
    const batch = { topic: 't', partition: 0, fetchedOffset: `${fetchedOffset}`, messages };
    return this.#eachBatch({ batch, resolveOffset: () => {}, heartbeat: () => Promise.resolve() });
  }
}

async function memberAt(next: number, offsets: PartitionOffsets) {
  const consumer = new HandConsumer();
  const [told, taken]: [string[], number[]] = [[], []];
  const member = new KafkaMember({
    kafka: () => ({ consumer: () => consumer }) as unknown as Kafka,
    admin: { offsets: () => Promise.resolve([offsets]) } as unknown as KafkaAdmin,
    asked: { topic: 't', groupId: 'g', brokers: ['b:1'] },
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    events: {
      assigned: ({ generation, partitions }) => {
        assigned = generation;
        told.push(`assigned ${partitions}`);
      },
      lost: () => told.push('lost'),
      troubled: (problem) => told.push(problem),
      recovered: () => {},
    },
  });
  let assigned = 0;
  await later(1);
  consumer.emit('consumer.group_join', { memberAssignment: { t: [0] } });
  const taker: Taker = {
    context,
    lanes: new Map([...lanes].slice(0, 1)),
    next: () => next,
    room: () => undefined,
    take: (_partition, records) => taken.push(...records.map(({ index }) => index)),
    overtaken: (_partition, earliest) => told.push(`overtaken ${earliest}`),
  };
  member.read(assigned, taker);
  return { consumer, member, told, taken };
}

test('a batch that begins where the last ended is taken, from there on', async () => {
  const { consumer, member, told, taken } = await memberAt(1_000, { partition: 0, earliest: 0, latest: 1_002 });
  await consumer.batch(1_000, [998, 999, 1_000, 1_001]);
  expect([taken, told, consumer.seeks]).toEqual([[1_000, 1_001], ['assigned 0'], ['1000']]);
  await member.leave();
});

test('one that begins before, where the topic reaches further, is of another time: reading goes on', async () => {
  const { consumer, member, told, taken } = await memberAt(1_000, { partition: 0, earliest: 5, latest: 1_000 });
  await consumer.batch(5, [5, 6]);
  expect([taken, told, consumer.seeks]).toEqual([[], ['assigned 0', 'overtaken 5'], ['1000', '1000']]);
  await member.leave();
});

test('one that begins before, where the topic ends before too: it lost its end, and is assigned anew', async () => {
  const { consumer, member, told, taken } = await memberAt(1_000, { partition: 0, earliest: 5, latest: 900 });
  await consumer.batch(5, [5, 6]);
  expect(taken).toEqual([]);
  expect(told).toEqual([
    'assigned 0',
    'lost',
    'Partition 0 of topic t ends at offset 900, and was read to 1000: its brokers lost its end, or it was made anew.',
    'assigned 0',
  ]);
  await member.leave();
});

/** One whose consumers connect like this, under a clock that lets nobody wait for long. */
function memberThat(connect: () => Promise<void>): KafkaMember {
  const consumer = new HandConsumer();
  consumer.connect = connect;
  return new KafkaMember({
    kafka: () => ({ consumer: () => consumer }) as unknown as Kafka,
    admin: {} as KafkaAdmin,
    asked: { topic: 't', groupId: 'g', brokers: ['b:1'] },
    sessionTimeoutMs: 6_000,
    clock: { now: () => 0, at: () => ({ cancel: () => {} }), until: () => later(1) },
    events: { assigned: () => {}, lost: () => {}, troubled: () => {}, recovered: () => {} },
  });
}

test('one that cannot find its group when it is to leave keeps nobody waiting', async () => {
  const member = memberThat(() => new Promise(() => {}));
  await later(1);
  expect(await Promise.race([member.leave().then(() => 'gone'), later(500).then(() => 'there')])).toBe('gone');
});

test('consumers that die one after the other leave nothing behind', async () => {
  const warnings: string[] = [];
  const warned = ({ message }: Error) => warnings.push(message);
  process.on('warning', warned);
  let lives = 0;
  const member = memberThat(() => {
    lives += 1;
    return Promise.reject(new Error('away'));
  });
  while (lives < 15) await later(5);
  await member.leave();
  await later(1);
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
