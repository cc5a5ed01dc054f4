/** Records of the file: ids, times and payloads; fixtures: which source they feed. */

import type { PlannedArrival } from '../../feed/repeats.ts';
import { FieldError } from '../../input-error.ts';
import { defined } from '../defined.ts';
import type { FixtureDocument, ScenarioDocument } from '../document.ts';
import { type PayloadMaker, payloadMaker, type RecordEntry } from '../payloads/payload.ts';
import { type EventPlan, isTopic, type SourcePlan, type TopicArrival } from '../plan.ts';
import type { Path } from '../problems.ts';
import { payloadFields } from '../schema/records.ts';
import { parseSpeed } from '../units.ts';
import { type Context, ms, type Named, refer } from './context.ts';

/** A file of recorded records that a scenario names. */
export interface FixtureRef {
  /** As written, relative to the scenario's file. */
  readonly file: string;
  /** Index into `Plan.sources`. */
  readonly source: number;
  readonly speed: number;
  /** Columns, for tables. */
  readonly key?: string;
  readonly time?: string;
  readonly data?: string;
  /** Where the scenario names it. */
  readonly path: Path;
}

export function resolveRecords(
  document: ScenarioDocument,
  sources: readonly SourcePlan[],
  events: readonly EventPlan[],
  context: Context,
): readonly PlannedArrival[] {
  const records = (document.records ?? []) as readonly RecordEntry[];
  const makers = sources.map((source) => payloadMaker(source.type));
  const partitions = sources.map((source, index) => partitionsIn(source, index, events));
  const named: Named = { what: 'source', names: sources.map((source) => source.name) };
  const arrivals = records.flatMap((entry, index) => {
    const path = ['records', index];
    const at = refer(named, entry.source, path, 'source', context.report);
    const source = sources[at];
    if (source === undefined || !checkFields(entry, source, path, context)) return [];
    const id = idOf(entry, index);
    const arrival = planned(entry, id, at, source, makers[at]!, path, context);
    if (arrival !== undefined) checkPartition(arrival, partitions[at]!, path, context);
    return arrival === undefined ? [] : [arrival];
  });
  checkIds(records, context);
  return arrivals;
}

/** Plural form: the schema lets every field of every type of source pass. */
function checkFields(entry: RecordEntry, source: SourcePlan, path: Path, context: Context): boolean {
  const known: readonly string[] = payloadFields[groupOf(source)];
  const wrong = Object.keys(entry).find((field) => !known.includes(field) && !commonFields.includes(field));
  if (wrong === undefined) return true;
  context.report([...path, wrong], `is not a field of a record of a source of type ${source.type}`);
  return false;
}

const commonFields: readonly string[] = ['id', 'at', 'repeat', 'every', 'source'];

function groupOf(source: SourcePlan): keyof typeof payloadFields {
  if (source.type === 'sqs' || source.type === 'sqs-fifo') return 'queue';
  return isTopic(source) ? 'kafka' : source.type === 'kinesis' ? 'kinesis' : 'dynamodb';
}

function idOf(entry: RecordEntry, index: number): string {
  return entry.id === undefined ? `r${index + 1}` : String(entry.id);
}

function planned(
  entry: RecordEntry,
  id: string,
  index: number,
  source: SourcePlan,
  make: PayloadMaker,
  path: Path,
  context: Context,
): PlannedArrival | undefined {
  const repeat = (entry.repeat as number | undefined) ?? 1;
  try {
    return {
      atMs: ms(entry.at, 0),
      source: index,
      id,
      payload: make(entry, id),
      repeat,
      everyMs: ms(entry.every, 0),
      numbered: repeat > 1,
      dedupById: needsDedup(source, entry),
    };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    context.report([...path, ...error.field.split('.')], error.message);
    return undefined;
  }
}

/** AWS refuses a FIFO message without a deduplication id; here it gets its own. */
function needsDedup(source: SourcePlan, entry: RecordEntry): boolean {
  return source.type === 'sqs-fifo' && !source.contentBasedDeduplication && entry.dedup === undefined;
}

/** Partitions that a source has at any time, by the events that add some. */
function partitionsIn(source: SourcePlan, index: number, events: readonly EventPlan[]): number {
  if (!isTopic(source)) return Number.POSITIVE_INFINITY;
  return events.reduce(
    (count, event) => (event.do === 'add-partitions' && event.source === index ? count + event.count : count),
    source.partitions,
  );
}

function checkPartition(arrival: PlannedArrival, partitions: number, path: Path, context: Context): void {
  const { partition } = arrival.payload as TopicArrival;
  if (partition === undefined || partition < partitions) return;
  const text = `is ${partition}, and the source has ${partitions} (0 to ${partitions - 1}); set \`partitions\` of the source`;
  context.report([...path, 'partition'], text);
}

/** `ok` with `repeat: 5` takes ok.1 to ok.5. */
function checkIds(records: readonly RecordEntry[], context: Context): void {
  const single = new Map<string, number>();
  const repeated = new Map<string, number>();
  for (const [index, entry] of records.entries()) {
    const id = idOf(entry, index);
    const repeat = (entry.repeat as number | undefined) ?? 1;
    const taken = repeat > 1 ? repeated : single;
    if (taken.has(id)) context.report(['records', index, 'id'], duplicate(id));
    taken.set(id, repeat);
  }
  for (const [index, entry] of records.entries()) {
    const id = idOf(entry, index);
    const [, base = '', number = ''] = /^(.*)\.([1-9]\d*)$/s.exec(id) ?? [];
    const clash = (entry.repeat ?? 1) === 1 && Number(number || Infinity) <= (repeated.get(base) ?? 0);
    if (clash) context.report(['records', index, 'id'], duplicate(id));
  }
}

function duplicate(id: string): string {
  return `is the second record called \`${id}\`; ids must differ`;
}

export function resolveFixtures(
  document: ScenarioDocument,
  sources: readonly SourcePlan[],
  context: Context,
): readonly FixtureRef[] {
  const named: Named = { what: 'source', names: sources.map((source) => source.name) };
  return fixtureEntries(document).map(({ entry, path }) => {
    const speed = entry.speed ?? document.speed;
    if (speed !== undefined && parseSpeed(speed) === undefined) {
      const at = entry.speed === undefined ? ['speed'] : [...path, 'speed'];
      context.report(at, 'must be more than 0, such as 10x');
    }
    return {
      file: entry.file,
      source: refer(named, entry.source, path, 'source', context.report),
      speed: parseSpeed(speed) ?? 1,
      ...defined({ key: entry.key, time: entry.time, data: entry.data }),
      path,
    };
  });
}

function fixtureEntries(document: ScenarioDocument): readonly { entry: FixtureDocument; path: Path }[] {
  const { fixture, fixtures = [] } = document;
  const many = fixtures.map((entry, index) => ({ entry, path: ['fixtures', index] as Path }));
  if (fixture === undefined) return many;
  return [{ entry: typeof fixture === 'string' ? { file: fixture } : fixture, path: ['fixture'] }, ...many];
}
