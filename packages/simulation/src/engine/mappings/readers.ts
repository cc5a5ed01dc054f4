/** The reader of a mapping, by the kind of its source. */
import type { World } from '../world.ts';
import type { MappingRun } from './mappingRun.ts';
import { QueueReader } from './queueReader.ts';
import type { Reader } from './reader.ts';
import { dynamodbReader, kinesisReader } from './streamReader.ts';
import { TopicReader } from './topicReader.ts';

export function readerFor(world: World, mapping: MappingRun): Reader {
  const { source } = mapping;
  switch (source.kind) {
    case 'queue':
      return new QueueReader(world, mapping, source.run);
    case 'kinesis':
      return kinesisReader(world, mapping, source.run);
    case 'dynamodb':
      return dynamodbReader(world, mapping, source.run);
    case 'topic':
      return new TopicReader(world, mapping, source.run);
  }
}
