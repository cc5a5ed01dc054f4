import { describe, expect, it } from 'vitest';
import {
  appendToShard,
  changeVisibility,
  commitOffsets,
  countQueue,
  createGroup,
  createQueue,
  createStream,
  deleteMessage,
  expireStream,
  forgetShard,
  joinConsumerGroup,
  nextStreamExpiryAt,
  nextVisibleAt,
  type QueueOptions,
  type QueueState,
  readShard,
  receiveMessages,
  type Shard,
  sendMessage,
  shardFor,
} from '../src/index.ts';
import { counted } from './support/counted.ts';
import { countingTools } from './support/queues.ts';

const MESSAGES = 4000;

/** Reads per message of a queue with this many groups and this backlog, while messages come and go. */
function costOfQueue(options: Partial<QueueOptions>, groups: number, backlog: number): number {
  const queue = createQueue({ arn: 'arn:q', visibilityTimeoutMs: 500, ...options });
  const tools = countingTools();
  let sent = 0;
  const send = (to: QueueState, nowMs: number) => {
    const fifo = { groupId: `g${sent % groups}`, dedupId: `d${sent}` };
    sendMessage(to, { body: '', ...(options.fifo ? fifo : {}) }, nowMs, tools);
    sent++;
  };
  while (sent < backlog) send(queue, 0);
  const { state, reads } = counted(queue);
  const before = reads();
  for (let done = 0, nowMs = 1; done < MESSAGES; nowMs++) {
    const { messages } = receiveMessages(state, 10, nowMs);
    for (const [place, { receiptHandle }] of messages.entries()) {
      if (place % 5 === 4) changeVisibility(state, receiptHandle, 20, nowMs);
      else if (place % 5 < 3) deleteMessage(state, receiptHandle, nowMs);
      send(state, nowMs);
    }
    countQueue(state, nowMs);
    nextVisibleAt(state, nowMs);
    done += Math.max(1, messages.length);
  }
  return (reads() - before) / MESSAGES;
}

describe('what a message costs does not depend on how many there are', () => {
  it('10,000 FIFO groups cost about as much per message as 10', () => {
    const few = costOfQueue({ fifo: true }, 10, 20_000);
    const many = costOfQueue({ fifo: true }, 10_000, 20_000);
    expect(many).toBeLessThan(2.5 * few);
  });

  it('one FIFO group with a long backlog behind a poisoned head costs as much as a short one', () => {
    const short = costOfQueue({ fifo: true }, 1, 50);
    const long = costOfQueue({ fifo: true }, 1, 20_000);
    expect(long).toBeLessThan(1.5 * short);
  });

  it('a standard queue with 20,000 messages costs as much per message as one with 50', () => {
    const short = costOfQueue({}, 1, 50);
    const long = costOfQueue({}, 1, 20_000);
    expect(long).toBeLessThan(1.5 * short);
  });

  it('1,000 shards cost about as much per record as 4', () => {
    const cost = (shards: number) => costOfStream(shards, 0);
    expect(cost(1000)).toBeLessThan(2.5 * cost(4));
  });

  it('a shard that holds 20,000 records costs as much per record as one that holds 50', () => {
    expect(costOfStream(4, 20_000)).toBeLessThan(1.5 * costOfStream(4, 50));
  });

  it('a commit costs the same in a group of 1,000 partitions', () => {
    const cost = (partitions: number) => {
      const { state, reads } = counted(createGroup({ groupId: 'g', partitions }));
      joinConsumerGroup(state, 'a');
      const before = reads();
      commitOffsets(state, 'a', state.generation, new Map([[0, 1]]));
      return reads() - before;
    };
    expect(cost(1000)).toBe(cost(1));
  });
});

/** Reads per record of a stream in which each shard holds this many, while records are put, read, forgotten and expire. */
function costOfStream(shards: number, held: number): number {
  const { state, reads } = counted(createStream<string>({ kind: 'kinesis', shards, retentionMs: 3000 }, 0));
  const width = (1n << 128n) / BigInt(shards);
  const shardOf = (count: number): Shard =>
    shardFor(state, `k${count % shards}`, undefined, () => width * BigInt(count % shards));
  for (let count = 0; count < held; count++) appendToShard(state, state.shards[0]!, 'r', 0);
  const next = state.shards.map((shard) => (shard.number === 0 ? held : 0));
  const before = reads();
  for (let count = 0; count < MESSAGES; count++) {
    const shard = shardOf(count);
    appendToShard(state, shard, 'r', count);
    const { nextIndex } = readShard(state, shard, next[shard.number]!, { maxRecords: 10 }, count);
    next[shard.number] = nextIndex;
    if (count % 3 === 0) forgetShard(state, shard, nextIndex);
    nextStreamExpiryAt(state);
    if (count < 2999) expireStream(state, count);
  }
  return (reads() - before) / MESSAGES;
}
