/**
 * What anyone could write: a loop with a heap clock that cuts the same batches from the same arrivals, builds the same
 * events and calls the same handler. No windows, no retries, no limits, no checks, no result.
 */
import {
  kafkaEntry,
  kafkaEvent,
  kafkaEventContext,
  kinesisEntry,
  kinesisEventContext,
  md5Hex,
  sqsEntry,
  sqsEventContext,
} from '@millrace/aws-shapes';
import { slotOf } from '@millrace/semantics';

const CONTEXT = {
  region: 'us-east-1',
  eventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
  invokeIdentityArn: 'arn:aws:iam::123456789012:role/r',
};

class Clock {
  #heap = [];

  push(at, run) {
    const heap = this.#heap;
    const entry = { at, run };
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (heap[parent].at <= at) break;
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = entry;
  }

  peek() {
    return this.#heap[0]?.at;
  }

  pop() {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return top;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].at < heap[child].at) child += 1;
      if (heap[child].at >= last.at) break;
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = last;
    return top;
  }
}

/**
 * Runs arrivals through places (shards, partitions), each read every `pollMs`, into lanes, each with one batch in flight
 * and a batch window. `placeOf` and `laneOf` place a record, `eventOf` builds the event of a batch.
 */
export async function bare(
  feed,
  { places, lanes, batchSize, windowMs, pollMs, durationMs, placeOf, laneOf, eventOf, handler },
) {
  const clock = new Clock();
  const logs = Array.from({ length: places }, () => ({ items: [], ticking: false, readAt: -Infinity, next: 0 }));
  const queues = Array.from({ length: lanes }, () => ({
    items: [],
    head: 0,
    busy: false,
    doneAt: -Infinity,
    since: 0,
    dueAt: -1,
  }));
  let now = 0;
  let batches = 0;
  const cut = (queue) => {
    const batch = queue.items.slice(queue.head, queue.head + batchSize);
    queue.head += batch.length;
    if (queue.head === queue.items.length) {
      queue.items.length = 0;
      queue.head = 0;
    }
    queue.busy = true;
    batches += 1;
    const answer = handler(eventOf(batch), {});
    clock.push(now + durationMs, async () => {
      await answer;
      queue.busy = false;
      queue.doneAt = now;
      queue.since = now;
      start(queue);
    });
  };
  const start = (queue) => {
    const waiting = queue.items.length - queue.head;
    if (queue.busy || waiting === 0) return;
    const due = queue.since <= queue.doneAt + windowMs ? queue.doneAt + windowMs : queue.since + windowMs;
    if (waiting >= batchSize || now >= due) cut(queue);
    else if (queue.dueAt !== due) {
      queue.dueAt = due;
      clock.push(due, () => start(queue));
    }
  };
  const read = (log) => {
    log.ticking = false;
    log.readAt = now;
    const touched = new Set();
    for (const placed of log.items) {
      const queue = queues[laneOf(placed.record, log)];
      if (queue.items.length === queue.head && !queue.busy) queue.since = now;
      queue.items.push(placed);
      touched.add(queue);
    }
    log.items = [];
    for (const queue of touched) start(queue);
  };
  for (let chunk = feed.next(); chunk; chunk = feed.next()) {
    for (const { atMs, payload } of chunk) {
      while (clock.peek() < atMs) {
        const entry = clock.pop();
        now = entry.at;
        await entry.run();
      }
      now = atMs;
      const log = logs[placeOf(payload)];
      log.items.push({ index: log.next++, arrivalMs: now, record: payload });
      if (log.ticking) continue;
      log.ticking = true;
      clock.push(Math.max(now, log.readAt + pollMs), () => read(log));
    }
  }
  while (clock.peek() !== undefined) {
    const entry = clock.pop();
    now = entry.at;
    await entry.run();
  }
  return batches;
}

/** The shard of a partition key: its MD5, remembered. */
function shardOfKey(shards) {
  const known = new Map();
  return (key) => {
    let shard = known.get(key);
    if (shard === undefined) {
      shard = Math.floor(Number.parseInt(md5Hex(key).slice(0, 8), 16) / (2 ** 32 / shards));
      known.set(key, shard);
    }
    return shard;
  };
}

export function kinesisBare(shards, factor) {
  const shardOf = shardOfKey(shards);
  const context = kinesisEventContext(CONTEXT);
  // Every record has a sequence number of its own, made as simply as one can.
  const sequence = ({ index }) => `4959033827149025660855969253836157109592157${10_000_000_00000 + index}`;
  return {
    places: shards,
    lanes: shards * factor,
    pollMs: 1000,
    placeOf: ({ partitionKey }) => shardOf(partitionKey),
    laneOf: ({ partitionKey }) => shardOf(partitionKey) * factor + slotOf(partitionKey, factor),
    eventOf: (batch) => ({
      Records: batch.map((placed) => kinesisEntry(placed, sequence(placed), 'shardId-000000000000', context)),
    }),
  };
}

export function kafkaBare(partitions) {
  const context = kafkaEventContext({
    kind: 'msk',
    topic: 'topic',
    eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/c/x-1',
    bootstrapServers: ['b:9092'],
  });
  return {
    places: partitions,
    lanes: partitions,
    pollMs: 0,
    placeOf: ({ partition }) => partition,
    laneOf: ({ partition }) => partition,
    eventOf: (batch) =>
      kafkaEvent(
        batch.map((placed) => kafkaEntry(placed, placed.record.partition, context)),
        context,
      ),
  };
}

const LANES = 200;

export function sqsBare() {
  const context = sqsEventContext({
    region: 'us-east-1',
    eventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q',
    batchWindowMs: 0,
    senderId: 'A',
  });
  const received = ({ record, arrivalMs }, index) => ({
    messageId: `0e9b3a5e-4b1c-4c1b-9a53-${String(index).padStart(12, '0')}`,
    receiptHandle: `handle-${index}`,
    sent: record,
    sentAtMs: arrivalMs,
    receiveCount: 1,
    firstReceivedAtMs: arrivalMs,
    visibleAtMs: arrivalMs + 30_000,
    ...(record.groupId !== undefined && { sequenceNumber: '18800000000000000000' }),
  });
  let turn = 0;
  return {
    places: 1,
    lanes: LANES,
    pollMs: 0,
    placeOf: () => 0,
    // Ten messages in a row are of ten groups: the first ten that are free, without the search for them.
    laneOf: () => Math.floor(turn++ / 10) % LANES,
    eventOf: (batch) => ({ Records: batch.map((placed, index) => sqsEntry(received(placed, index), context)) }),
  };
}
