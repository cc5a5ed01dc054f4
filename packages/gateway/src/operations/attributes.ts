/** GetQueueAttributes, SetQueueAttributes, ListDeadLetterSourceQueues. */
import { missing, noSuchQueue } from '../errors.ts';
import {
  type Attributes,
  checkAttributeNames,
  invalidAttribute,
  readAttributes,
  settingsOf,
  statusOf,
  unknownAttribute,
} from '../queues/attributes.ts';
import { readRedrivePolicy } from '../queues/redrivePolicy.ts';
import type { Call, Service } from '../service.ts';
import { type PageInput, pageOf } from './paging.ts';

export async function getQueueAttributes(
  service: Service,
  input: { readonly QueueUrl?: string; readonly AttributeNames?: readonly string[] },
  call: Call,
): Promise<object> {
  const { definition, queue } = await service.queueOf(input.QueueUrl, call);
  const names = input.AttributeNames ?? [];
  checkAttributeNames(names);
  if (names.length === 0) return { Attributes: {} };
  const attributes = { ...statusOf(definition, await queue.counts()), ...settingsOf(definition) };
  if (names.includes('All')) return { Attributes: attributes };
  return { Attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name))) };
}

export async function setQueueAttributes(
  service: Service,
  input: { readonly QueueUrl?: string; readonly Attributes?: Attributes },
  call: Call,
): Promise<undefined> {
  const { definition } = await service.queueOf(input.QueueUrl, call);
  const attributes = input.Attributes;
  if (!attributes) throw missing('Attributes');
  checkFifoQueue(attributes, definition.fifo);
  const change = readAttributes(attributes, definition.fifo, definition.carried);
  const policy = attributes.RedrivePolicy;
  const redrive = policy === undefined ? {} : { redrive: await readRedrivePolicy(service, policy, definition) };
  const modifiedAtMs = service.clock.now();
  const changed = await service.queues.change(definition.name, { ...change, ...redrive, modifiedAtMs });
  if (!changed) throw noSuchQueue();
  service.remember(changed);
}

export async function listDeadLetterSourceQueues(
  service: Service,
  input: PageInput & { readonly QueueUrl?: string },
  call: Call,
): Promise<object> {
  const { definition } = await service.queueOf(input.QueueUrl, call);
  const sources = (await service.all())
    .filter(({ redrive }) => redrive?.deadLetterTargetArn === definition.arn)
    .map(({ name }) => name)
    .sort();
  const { names, nextToken } = pageOf(sources, input);
  return { queueUrls: names.map((name) => service.urlOf(name, call)), NextToken: nextToken };
}

function checkFifoQueue({ FifoQueue: wish }: Attributes, fifo: boolean): void {
  if (wish === undefined || (fifo && wish === 'true')) return;
  if (!fifo) throw unknownAttribute('FifoQueue');
  throw invalidAttribute('FifoQueue', 'Modifying queue type is not supported.');
}
