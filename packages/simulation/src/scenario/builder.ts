/**
 * Scenarios written in code, with types: `scenario('orders').kinesis({ shards: 2 }).mapping({ … }).records([ … ])`.
 * The source decides which fields a record has. Every step answers a new builder, so that a common beginning can be
 * shared by many tests. What is built is the document that a file would hold, and is checked the same way.
 */
import type {
  DynamodbSource,
  EventDocument,
  FixtureDocument,
  FunctionDocument,
  KafkaSource,
  KinesisSource,
  MappingDocument,
  QueueSource,
  RecordOf,
  ScenarioDocument,
  SourceDocument,
} from './document.ts';
import type { Expectations } from './expectations.ts';
import type { MappingParameters } from './parameters.ts';
import type { HandlerFunction } from './plan.ts';

type Kind = SourceDocument['type'];
type Options<S> = Omit<S, 'type'>;

/** Settings of the run as a whole. */
export type RunSettings = Pick<
  ScenarioDocument,
  'seed' | 'start' | 'until' | 'region' | 'accountId' | 'account' | 'transitions' | 'choices' | 'mappingCreatedAt'
>;

export class ScenarioBuilder<K extends Kind = Kind> {
  readonly #document: ScenarioDocument;

  constructor(document: ScenarioDocument) {
    this.#document = document;
  }

  /** Seed, start, until, region and the like. */
  with(settings: RunSettings): ScenarioBuilder<K> {
    return this.#and(settings);
  }

  sqs(options: Options<QueueSource> = {}): ScenarioBuilder<'sqs'> {
    return this.#reading('sqs', options);
  }

  fifo(options: Options<QueueSource> = {}): ScenarioBuilder<'sqs-fifo'> {
    return this.#reading('sqs-fifo', options);
  }

  kinesis(options: Options<KinesisSource> = {}): ScenarioBuilder<'kinesis'> {
    return this.#reading('kinesis', options);
  }

  dynamodb(options: Options<DynamodbSource> = {}): ScenarioBuilder<'dynamodb'> {
    return this.#reading('dynamodb', options);
  }

  msk(options: Options<KafkaSource> = {}): ScenarioBuilder<'msk'> {
    return this.#reading('msk', options);
  }

  selfManagedKafka(options: Options<KafkaSource> = {}): ScenarioBuilder<'self-managed-kafka'> {
    return this.#reading('self-managed-kafka', options);
  }

  /** Parameters of CreateEventSourceMapping, added to those that are set. */
  mapping(parameters: MappingParameters): ScenarioBuilder<K> {
    return this.#and({ mapping: { ...this.#document.mapping, ...parameters } });
  }

  /** A scripted function, or your own handler: the function itself, or in its options. */
  function(target: FunctionDocument | HandlerFunction): ScenarioBuilder<K> {
    const options = typeof target === 'function' ? { handler: target } : target;
    return this.#and({ function: { ...this.#document.function, ...options } });
  }

  /** Adds records; which fields they have depends on the source. */
  records(records: readonly RecordOf[K][]): ScenarioBuilder<K> {
    return this.#and({ records: [...(this.#document.records ?? []), ...records] });
  }

  /** Adds one record. */
  record(record: RecordOf[K]): ScenarioBuilder<K> {
    return this.records([record]);
  }

  /** Adds recorded ones from a file; only where files can be read. */
  fixture(file: string, options: Omit<FixtureDocument, 'file' | 'source'> = {}): ScenarioBuilder<K> {
    return this.#and({ fixture: { ...options, file } });
  }

  /** Adds events and faults. */
  events(events: readonly EventDocument[]): ScenarioBuilder<K> {
    return this.#and({ events: [...(this.#document.events ?? []), ...events] });
  }

  expect(expectations: Expectations): ScenarioBuilder<K> {
    return this.#and({ expect: { ...this.#document.expect, ...expectations } });
  }

  /** Plural form: several sources, functions and mappings by name. Records then name their `source`. */
  several(parts: {
    readonly sources: readonly SourceDocument[];
    readonly functions?: readonly FunctionDocument[];
    readonly mappings: readonly MappingDocument[];
  }): ScenarioBuilder<Kind> {
    const { source: _source, mapping: _mapping, function: _function, ...rest } = this.#document;
    return new ScenarioBuilder<Kind>({ ...rest, ...parts });
  }

  /** What a scenario file with the same content would hold. */
  document(): ScenarioDocument {
    return this.#document;
  }

  /** For `JSON.stringify`: the same document as a file. */
  toJSON(): ScenarioDocument {
    return this.#document;
  }

  #and(more: Partial<ScenarioDocument>): ScenarioBuilder<K> {
    return new ScenarioBuilder<K>({ ...this.#document, ...more });
  }

  #reading<T extends Kind>(type: T, options: Options<SourceDocument>): ScenarioBuilder<T> {
    return new ScenarioBuilder<T>({ ...this.#document, source: { ...options, type } as SourceDocument });
  }
}

/** Begins a scenario. */
export function scenario(name: string): ScenarioBuilder {
  return new ScenarioBuilder({ scenario: name });
}
