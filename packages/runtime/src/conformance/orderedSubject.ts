/** What the suite of ordered sources needs of a kind of stream or topic, and a mapping over it that the test itself answers. */
import type { MappingSettings, SourceKind, TraceLine } from '@millrace/semantics';
import type { MappingDriver } from '../drive/mappingDriver.ts';
import { memoryCheckpoints } from '../memory/checkpoints.ts';
import type { Checkpoints } from '../ports/checkpoints.ts';
import type { JournalEntry } from '../ports/journal.ts';
import type { MappingSource } from '../ports/source.ts';
import { type Answering, PLAIN_SETTINGS, startAnswered } from './answeredMapping.ts';

export interface OrderedRecord {
  readonly key: string;
  readonly value: string;
}

/** A record as a function saw it. */
export interface SeenRecord extends OrderedRecord {
  /** Shard, or topic-partition. */
  readonly unit: string;
  /** Sequence number or offset. */
  readonly position: string;
}

/** A stream or a topic that only this test knows. */
export interface OrderedUnderTest {
  readonly kind: SourceKind;
  readonly eventSourceArn?: string | undefined;
  /** More settings that a mapping of this kind needs. */
  readonly settings?: Partial<MappingSettings>;
  /** A filter pattern that keeps records whose value is JSON with a `kind` of 1. */
  readonly kindOne: string;
  /** A source of its own for each mapping, as each process has one. */
  source(settings: MappingSettings): Promise<MappingSource>;
  /** Puts in order. */
  put(records: readonly OrderedRecord[]): Promise<void>;
  /** The records of an event, unit by unit in its order. */
  seen(event: unknown): readonly SeenRecord[];
  /** One unit becomes two. Absent where units cannot be split so that a parent ends. */
  split?(): Promise<void>;
  /** Two units become one; units were not split before. */
  merge?(): Promise<void>;
  /** What reading holds at the source (iterator, session) becomes worthless. */
  expire?(): Promise<void>;
  /** The next reads of the source are refused for being too many. */
  throttle?(): Promise<void>;
  close?(): Promise<void>;
}

/** One kind of ordered source: the substrate, the gateway, kinesis-mock, DynamoDB Local, Kafka … */
export interface OrderedSubject {
  /** A stream of so many shards, a topic of so many partitions; of one where there cannot be more. */
  make(units: number): Promise<OrderedUnderTest>;
}

export interface OrderedRun {
  readonly driver: MappingDriver;
  readonly batches: readonly (readonly SeenRecord[])[];
  readonly lines: readonly TraceLine[];
  readonly journal: readonly JournalEntry[];
  readonly checkpoints: Checkpoints;
  /** Reading places that were opened. */
  readonly opened: () => number;
  /** Records of all batches, in the order of invocation. */
  readonly all: () => readonly SeenRecord[];
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly settings?: Partial<MappingSettings>;
  /** Of a mapping that ran before. */
  readonly checkpoints?: Checkpoints;
}

/** Starts a mapping over an ordered source. */
export async function runOrdered(
  under: OrderedUnderTest,
  { settings: changes = {}, checkpoints = memoryCheckpoints() }: RunOptions,
  answer: Answering<SeenRecord>,
): Promise<OrderedRun> {
  const { kind, eventSourceArn } = under;
  const arn = eventSourceArn === undefined ? {} : { eventSourceArn };
  const settings: MappingSettings = { ...PLAIN_SETTINGS, kind, ...arn, ...under.settings, ...changes };
  const { source, opened } = watch(await under.source(settings));
  const batchOf = (event: unknown) => under.seen(event);
  const { driver, invoker, lines, journal } = startAnswered({ settings, source, checkpoints, batchOf, answer });
  const { batches } = invoker;
  const stop = async () => {
    await driver.stop();
    await driver.close();
  };
  return { driver, batches, lines, journal, checkpoints, opened, all: () => batches.flat(), stop };
}

/** Counts the reading places that were opened. */
function watch(source: MappingSource) {
  let opened = 0;
  const open: MappingSource['open'] = async (poller, opening) => {
    const place = await source.open(poller, opening);
    opened += 1;
    return place;
  };
  // What a source has is not all its own: its methods stay where they are.
  const watched: MappingSource = Object.create(source, { open: { value: open } });
  return { source: watched, opened: () => opened };
}
