/** TagQueue, UntagQueue, ListQueueTags. */
import { invalidValue, missing, noSuchQueue } from '../errors.ts';
import type { Call, Service } from '../service.ts';

type Tags = Readonly<Record<string, string>>;

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

export async function tagQueue(
  service: Service,
  input: { readonly QueueUrl?: string; readonly Tags?: Tags },
  call: Call,
): Promise<undefined> {
  const { definition } = await service.queueOf(input.QueueUrl, call);
  if (!input.Tags) throw missing('Tags');
  await changeTags(service, definition.name, readTags(input.Tags, definition.tags));
}

export async function untagQueue(
  service: Service,
  input: { readonly QueueUrl?: string; readonly TagKeys?: readonly string[] },
  call: Call,
): Promise<undefined> {
  const { definition } = await service.queueOf(input.QueueUrl, call);
  const keys = input.TagKeys;
  if (!keys) throw missing('TagKeys');
  const kept = Object.entries(definition.tags).filter(([key]) => !keys.includes(key));
  await changeTags(service, definition.name, Object.fromEntries(kept));
}

export async function listQueueTags(service: Service, input: { readonly QueueUrl?: string }, call: Call) {
  const { definition } = await service.queueOf(input.QueueUrl, call);
  return { Tags: definition.tags };
}

/** The tags that a queue has when these are added. @throws {SqsError} when they are too many or too long */
export function readTags(added: Tags, before: Tags): Tags {
  const tags = Object.fromEntries([...Object.entries(before), ...Object.entries(added)]);
  for (const [key, value] of Object.entries(tags)) {
    if (key === '' || key.length > LONGEST_KEY)
      throw invalidValue(`Tag keys must be between 1 and ${LONGEST_KEY} characters in length.`);
    if (value.length > LONGEST_VALUE)
      throw invalidValue(`Tag values must be between 0 and ${LONGEST_VALUE} characters in length.`);
  }
  if (Object.keys(tags).length > MOST_TAGS)
    throw invalidValue(`Too many tags added for queue. At most ${MOST_TAGS} are allowed.`);
  return tags;
}

async function changeTags(service: Service, name: string, tags: Tags): Promise<void> {
  const changed = await service.queues.change(name, { tags });
  if (!changed) throw noSuchQueue();
  service.remember(changed);
}
