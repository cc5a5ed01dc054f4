/** Records an SQS queue: what is said and refused beforehand. */
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { UsageError } from '../errors.ts';
import { sqsAt } from './awsClients.ts';
import { PeekedQueue } from './recordPeek.ts';
import { unrecorded } from './recordProblems.ts';
import type { NamedSource, Recording, RecordingOptions } from './recordSource.ts';

/** No message can be held for longer than 12 hours after it was received. */
const LONGEST_MS = 11 * 3_600_000;

export async function recordQueue(
  source: NamedSource & { kind: 'sqs' },
  options: RecordingOptions,
): Promise<Recording> {
  const { name, url } = source;
  if ((options.forMs ?? 0) > LONGEST_MS) {
    throw new UsageError('--for: a queue is recorded for at most 11h, because no message can be held back longer.');
  }
  const client = await sqsAt(options.endpoint ?? (url && new URL(url).origin), options.region ?? source.region, {});
  try {
    const queueUrl = url ?? (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl ?? '';
    const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] });
    const { Attributes } = await client.send(command);
    const maxReceives = maxReceivesOf(Attributes?.RedrivePolicy);
    warn(name, maxReceives, options);
    return new PeekedQueue({ client, queueUrl, name, maxReceives }, options);
  } catch (cause) {
    client.destroy();
    throw unrecorded(`The queue ${name}`, cause);
  }
}

function maxReceivesOf(redrivePolicy: string | undefined): number {
  if (!redrivePolicy) return Number.POSITIVE_INFINITY;
  const { maxReceiveCount } = JSON.parse(redrivePolicy) as { readonly maxReceiveCount?: number | string };
  return Number(maxReceiveCount ?? Number.POSITIVE_INFINITY);
}

function warn(name: string, maxReceives: number, { say }: RecordingOptions): void {
  if (maxReceives <= 1) {
    throw new UsageError(
      `The queue ${name} gives a message up after one receive, and to be recorded is one: everything would go to its dead-letter queue. Raise the maxReceiveCount of its redrive policy first.`,
    );
  }
  const redrive = Number.isFinite(maxReceives) ? ` of the ${maxReceives} before it goes to the dead-letter queue` : '';
  say(`Until the end of the recording messages are hidden from others; each is charged one receive${redrive}.`);
  if (name.endsWith('.fifo')) {
    say('Of a message group only its first messages, at most ten, can be seen without deleting any; the group waits.');
  }
}
