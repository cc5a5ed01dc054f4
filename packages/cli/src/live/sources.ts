/** The sources of a plan: a queue of the substrate, made when it is not there, or one behind an endpoint. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type QueueClient, sdkClient, substrateClient } from '@millrace/poller-sqs';
import { type QueueDefinition, type Queues, queueNameOf, systemClock } from '@millrace/runtime';
import { isQueue, type Plan, type QueueSourcePlan, type SourcePlan } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { sqsAt } from './awsClients.ts';

const IN_FLIGHT_LIMIT = 120_000;

/** Makes the queues of a plan that live on the substrate, with the dead-letter queues that they name. */
export async function makeQueues(plan: Plan, queues: Queues): Promise<void> {
  const sources = plan.sources.filter(isQueue).filter((source) => !isElsewhere(source));
  const named = new Set(sources.map(({ arn }) => queueNameOf(arn)));
  for (const source of sources) {
    const letters = source.redrive?.deadLetterQueue;
    if (letters === undefined || named.has(letters)) continue;
    named.add(letters);
    await queues.create(deadLetterDefinition(source, letters));
  }
  for (const source of sources) await queues.create(definitionOf(source));
}

function definitionOf(source: QueueSourcePlan): QueueDefinition {
  const { arn, redrive } = source;
  const deadLetterTargetArn = redrive && siblingArn(arn, redrive.deadLetterQueue);
  return {
    ...emptyDefinition(arn, source),
    visibilityTimeoutMs: source.visibilityTimeoutMs,
    delayMs: source.delayMs,
    contentBasedDeduplication: source.contentBasedDeduplication,
    ...(redrive &&
      deadLetterTargetArn && { redrive: { deadLetterTargetArn, maxReceiveCount: redrive.maxReceiveCount } }),
  };
}

function deadLetterDefinition(source: QueueSourcePlan, name: string): QueueDefinition {
  return { ...emptyDefinition(siblingArn(source.arn, name), source), retentionMs: FOURTEEN_DAYS_MS };
}

function emptyDefinition(
  arn: string,
  { type, retentionMs }: Pick<QueueSourcePlan, 'type' | 'retentionMs'>,
): QueueDefinition {
  const now = systemClock.now();
  return {
    name: queueNameOf(arn),
    arn,
    fifo: type === 'sqs-fifo',
    visibilityTimeoutMs: 30_000,
    retentionMs,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: IN_FLIGHT_LIMIT,
    createdAtMs: now,
    modifiedAtMs: now,
    carried: {},
    tags: {},
  };
}

const FOURTEEN_DAYS_MS = 1_209_600_000;

/** A standard queue with the defaults, whose messages are kept as long as possible. */
export function plainQueue(arn: string): QueueDefinition {
  return emptyDefinition(arn, { type: arn.endsWith('.fifo') ? 'sqs-fifo' : 'sqs', retentionMs: FOURTEEN_DAYS_MS });
}

function siblingArn(arn: string, name: string): string {
  return `${arn.slice(0, arn.lastIndexOf(':'))}:${name}`;
}

export function isElsewhere({ live }: SourcePlan): boolean {
  return live?.endpoint !== undefined || live?.url !== undefined || live?.brokers !== undefined;
}

/** The client of a source; where an endpoint is named, or the environment names one, the AWS SDK's. */
export async function clientFor(source: QueueSourcePlan, plan: Plan, queues: Queues): Promise<QueueClient> {
  if (!isElsewhere(source)) return substrateClient(queues.open(queueNameOf(source.arn)));
  return sdkClient({ ...(await endpointFor(source, plan)), clock: systemClock });
}

/** A queue behind an endpoint, as the AWS SDK reaches it. */
export async function endpointFor(
  source: QueueSourcePlan,
  plan: Plan,
): Promise<{ readonly client: SQSClient; readonly queueUrl: string }> {
  const { url } = source.live ?? {};
  const endpoint = endpointOf(source);
  const client = await sqsAt(endpoint, plan.region, {
    // A mapping may poll with up to 1,250 slots, each with a receive that is open for 20 s.
    requestHandler: { httpAgent: { maxSockets: 2000 }, httpsAgent: { maxSockets: 2000 } },
  });
  return { client, queueUrl: url ?? (await urlOf(client, source)) };
}

/** `endpoint: aws` leaves it to the SDK: AWS itself, or what AWS_ENDPOINT_URL and the profile say. */
export function endpointOf({ live }: SourcePlan): string | undefined {
  if (live?.endpoint === 'aws') return undefined;
  return live?.endpoint ?? (live?.url === undefined ? undefined : new URL(live.url).origin);
}

async function urlOf(client: SQSClient, { arn, name }: QueueSourcePlan): Promise<string> {
  const { GetQueueUrlCommand } = await import('@aws-sdk/client-sqs');
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queueNameOf(arn) }));
    return QueueUrl ?? '';
  } catch (error) {
    const { name: code = 'Error', message = '' } = error as Error;
    throw new UsageError(`source \`${name}\`: its queue cannot be found at its endpoint: ${code}, ${message}`, {
      cause: error,
    });
  }
}
