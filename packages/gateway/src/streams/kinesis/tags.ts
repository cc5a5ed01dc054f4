/** AddTagsToStream, RemoveTagsFromStream, ListTagsForStream. */
import { invalidArgument, StreamsError } from '../errors.ts';
import type { StreamsService } from '../service.ts';
import { noSuchStream, streamNow, type WhichStream } from './whichStream.ts';

export type Tags = Readonly<Record<string, string>>;

const MOST_TAGS = 50;

export async function addTagsToStream(
  service: StreamsService,
  input: WhichStream & { readonly Tags: Tags },
): Promise<undefined> {
  await changeTags(service, input, (tags) => checkTags({ ...tags, ...input.Tags }));
}

export async function removeTagsFromStream(
  service: StreamsService,
  input: WhichStream & { readonly TagKeys: readonly string[] },
): Promise<undefined> {
  const isKept = ([key]: readonly [string, string]) => !input.TagKeys.includes(key);
  await changeTags(service, input, (tags) => Object.fromEntries(Object.entries(tags).filter(isKept)));
}

export async function listTagsForStream(
  service: StreamsService,
  input: WhichStream & { readonly ExclusiveStartTagKey?: string; readonly Limit?: number },
): Promise<object> {
  const { definition } = await streamNow(service, input);
  const after = input.ExclusiveStartTagKey ?? '';
  const tags = Object.entries(definition.tags)
    .filter(([key]) => key > after)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const shown = tags.slice(0, input.Limit ?? MOST_TAGS);
  return { Tags: shown.map(([Key, Value]) => ({ Key, Value })), HasMoreTags: shown.length < tags.length };
}

/** @throws {StreamsError} when they are too many or not AWS's to give */
export function checkTags(tags: Tags): Tags {
  const keys = Object.keys(tags);
  if (keys.length > MOST_TAGS) {
    throw new StreamsError('LimitExceededException', `A stream has at most ${MOST_TAGS} tags.`);
  }
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved === undefined) return tags;
  throw invalidArgument(`The tag key ${reserved} is reserved: only AWS's own tags begin with aws:.`);
}

async function changeTags(service: StreamsService, which: WhichStream, by: (tags: Tags) => Tags): Promise<void> {
  const { name } = (await streamNow(service, which)).definition;
  const changed = await service.change(name, ({ tags }) => ({ tags: by(tags) }));
  if (!changed) throw noSuchStream(service, name);
}
