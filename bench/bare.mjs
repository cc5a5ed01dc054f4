/**
 * What anyone could write: a loop with a heap clock that cuts the same batches from the same arrivals, builds the same
 * events and calls the same handler. No windows, no retries, no limits, no checks, no result.
 */
import { kafkaEntry, kafkaEvent, kafkaEventContext, kinesisEntry, kinesisEventContext, sqsEntry, sqsEventContext } from '@millrace/aws-shapes';
import { slotOf } from '@millrace/semantics';

const CONTEXT = { region: 'us-east-1', eventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s', invokeIdentityArn: 'arn:aws:iam::123456789012:role/r' };

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

/** Runs arrivals through lanes; `laneOf` places a record, `eventOf` builds the event of a batch. */
export async function bare(feed, { lanes, batchSize, durationMs, laneOf, eventOf, handler }) {
  const clock = new Clock();
  const queues = Array.from({ length: lanes }, () => ({ items: [], head: 0, busy: false }));
  let now = 0;
  let batches = 0;
  let total = 0;
  const start = (queue, flush) => {
    const waiting = queue.items.length - queue.head;
    if (queue.busy || waiting === 0 || (waiting < batchSize && !flush)) return;
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
      start(queue, flush);
    });
  };
  for (let chunk = feed.next(); chunk; chunk = feed.next()) {
    for (const { atMs, payload } of chunk) {
      while (clock.peek() <= atMs) await clock.pop().run();
      now = atMs;
      const queue = queues[laneOf(payload)];
      queue.items.push({ index: total, arrivalMs: now, record: payload });
      total += 1;
      start(queue, false);
    }
  }
  for (const queue of queues) start(queue, true);
  while (clock.peek() !== undefined) {
    const entry = clock.pop();
    now = entry.at;
    await entry.run();
    for (const queue of queues) start(queue, true);
  }
  return batches;
}

export function kinesisBare(shards, factor) {
  const context = kinesisEventContext(CONTEXT);
  // Every record has a sequence number of its own, made as simply as one can.
  const sequence = ({ index }) => `4959033827149025660855969253836157109592157${10_000_000_00000 + index}`;
  return {
    lanes: shards * factor,
    laneOf: ({ partitionKey }) => slotOf(partitionKey, shards) * factor + slotOf(partitionKey, factor),
    eventOf: (batch) => ({ Records: batch.map((placed) => kinesisEntry(placed, sequence(placed), 'shardId-000000000000', context)) }),
  };
}

export function kafkaBare(partitions) {
  const context = kafkaEventContext({ kind: 'msk', topic: 'topic', eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/c/x-1', bootstrapServers: ['b:9092'] });
  return {
    lanes: partitions,
    laneOf: ({ partition }) => partition,
    eventOf: (batch) => kafkaEvent(batch.map((placed) => kafkaEntry(placed, placed.record.partition, context)), context),
  };
}

export function sqsBare(groups) {
  const context = sqsEventContext({ region: 'us-east-1', eventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q', batchWindowMs: 0, senderId: 'A' });
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
    lanes: Math.max(groups, 5),
    laneOf: (record) => (groups > 0 ? Number(record.groupId.slice(6)) : turn++ % 5),
    eventOf: (batch) => ({ Records: batch.map((placed, index) => sqsEntry(received(placed, index), context)) }),
  };
}
