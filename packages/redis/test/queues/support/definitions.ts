/** Queues for tests, by name. */
import type { QueueDefinition } from '@millrace/runtime';

export const arnOf = (name: string): string => `arn:aws:sqs:eu-west-1:123456789012:${name}`;

export function queueDefinition(name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name,
    arn: arnOf(name),
    fifo: name.endsWith('.fifo'),
    visibilityTimeoutMs: 30_000,
    retentionMs: 345_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: 120_000,
    createdAtMs: 0,
    modifiedAtMs: 0,
    carried: {},
    tags: {},
    ...changes,
  };
}
