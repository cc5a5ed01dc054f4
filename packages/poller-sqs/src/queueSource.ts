/** A queue as the source of a mapping: a slot for each of its pollers. */
import { sqsEventContext } from '@millrace/aws-shapes';
import type { Clock, MappingSource } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { QueueClient } from './client.ts';
import { Deletes } from './deletes.ts';
import { Slot } from './slot.ts';

/** Whose messages they are, where the queue does not say. */
const SENDER_ID = 'AIDAMILLRACE000000000';

export interface QueueSourceOptions {
  readonly client: QueueClient;
  readonly arn: string;
  readonly region: string;
  /** The mapping's; it decides the shape of messages without attributes. */
  readonly batchWindowMs: Millis;
  readonly clock: Clock;
}

/** @throws {QueueUnavailable} when the queue cannot be reached or does not exist */
export async function queueSource(options: QueueSourceOptions): Promise<MappingSource> {
  const { client, arn, region, batchWindowMs, clock } = options;
  const { fifo, visibilityTimeoutMs, retentionMs, deadLetterQueue } = await client.facts();
  const context = sqsEventContext({ region, eventSourceArn: arn, batchWindowMs, senderId: SENDER_ID });
  const deletes = new Deletes(client, clock);
  const health = { troubled: false };
  return {
    surroundings: { retentionMs, visibilityTimeoutMs, fanOut: false, envelopeBytes: context.envelopeBytes },
    open: (_poller, { events }) => new Slot({ client, deletes, context, fifo, deadLetterQueue, clock, health, events }),
  };
}
