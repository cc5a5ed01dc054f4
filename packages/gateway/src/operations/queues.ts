/** CreateQueue, GetQueueUrl, ListQueues, DeleteQueue, PurgeQueue. */
import type { QueueDefinition } from '@millrace/runtime';
import { invalidValue, noSuchQueue, SqsError } from '../errors.ts';
import { type Attributes, readAttributes, settingsOf, unknownAttribute } from '../queues/attributes.ts';
import { readRedrivePolicy } from '../queues/redrivePolicy.ts';
import { type Call, requireText, type Service } from '../service.ts';
import { type PageInput, pageOf } from './paging.ts';
import { readTags } from './tags.ts';

interface OnQueue {
  readonly QueueUrl?: string;
}

interface CreateInput {
  readonly QueueName?: string;
  readonly Attributes?: Attributes;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Messages in flight at once, in a standard queue and in a FIFO queue. */
const IN_FLIGHT_LIMIT = 120_000;

export async function createQueue(service: Service, input: CreateInput, call: Call): Promise<object> {
  const name = requireText(input.QueueName, 'QueueName');
  const attributes = input.Attributes ?? {};
  const definition = await definitionFrom(service, name, attributes, readTags(input.tags ?? {}, {}));
  const { created, definition: there } = await service.queues.create(definition);
  if (!created) checkSame(attributes, definition, there);
  service.remember(there);
  return { QueueUrl: service.urlOf(name, call) };
}

export async function getQueueUrl(
  service: Service,
  input: { readonly QueueName?: string; readonly QueueOwnerAWSAccountId?: string },
  call: Call,
): Promise<object> {
  const name = requireText(input.QueueName, 'QueueName');
  const owner = input.QueueOwnerAWSAccountId ?? service.accountId;
  if (owner !== service.accountId || !(await service.find(name))) throw noSuchQueue();
  return { QueueUrl: service.urlOf(name, call) };
}

export async function listQueues(
  service: Service,
  input: PageInput & { readonly QueueNamePrefix?: string },
  call: Call,
): Promise<object> {
  const { names, nextToken } = pageOf(await service.queues.list(input.QueueNamePrefix ?? ''), input);
  const queueUrls = names.map((name) => service.urlOf(name, call));
  return { QueueUrls: queueUrls.length > 0 ? queueUrls : undefined, NextToken: nextToken };
}

export async function deleteQueue(service: Service, input: OnQueue, call: Call): Promise<undefined> {
  const { definition } = await service.queueOf(input.QueueUrl, call);
  const removed = await service.queues.remove(definition.name);
  service.removed(definition.name);
  if (!removed) throw noSuchQueue();
}

export async function purgeQueue(service: Service, input: OnQueue, call: Call): Promise<undefined> {
  const { definition, queue } = await service.queueOf(input.QueueUrl, call);
  if (!service.mayPurge(definition.name)) {
    throw new SqsError(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${definition.name} is allowed every 60 seconds.`,
    );
  }
  await queue.purge();
}

async function definitionFrom(
  service: Service,
  name: string,
  attributes: Attributes,
  tags: Attributes,
): Promise<QueueDefinition> {
  const fifo = isFifo(name, attributes);
  const { redrive: _, carried = {}, ...change } = readAttributes(attributes, fifo, {});
  const nowMs = service.clock.now();
  const redrive = await readRedrivePolicy(service, attributes.RedrivePolicy ?? '', { name, fifo });
  return {
    name,
    arn: service.arnOf(name),
    fifo,
    visibilityTimeoutMs: 30_000,
    retentionMs: 4 * 24 * 3_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: IN_FLIGHT_LIMIT,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    ...change,
    ...(redrive && { redrive }),
    carried,
    tags,
  };
}

/** Whether a queue of this name is to be a FIFO queue. Name and attribute must agree. */
function isFifo(name: string, { FifoQueue: wish }: Attributes): boolean {
  const isFifoName = name.endsWith('.fifo');
  if (!isFifoName && wish === 'false') throw unknownAttribute('FifoQueue');
  const isValid = /^[\w-]{1,80}$/.test(isFifoName ? name.slice(0, -'.fifo'.length) : name) && name.length <= 80;
  if (wish === 'true' || isFifoName) {
    if (isValid && isFifoName && wish === 'true') return true;
    throw invalidValue(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length',
    );
  }
  if (isValid) return false;
  throw invalidValue('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
}

/** CreateQueue of a queue that is there succeeds when every attribute that it names is as it says. */
function checkSame(given: Attributes, wanted: QueueDefinition, there: QueueDefinition): void {
  const [wantedSettings, settings] = [settingsOf(wanted), settingsOf(there)];
  const different = Object.keys(given).find((name) => wantedSettings[name] !== settings[name]);
  if (different === undefined) return;
  throw new SqsError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${different}`,
  );
}
