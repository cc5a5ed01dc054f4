/**
 * Random scenarios as documents of the file format: what fails can be written to a file and run by itself. Everything
 * is drawn flat and then made valid, so that shrinking never has to keep promises between parts.
 */
import type { MappingDocument, RecordDocument, ScenarioDocument, SourceDocument } from '@millrace/simulation';
import fc from 'fast-check';
import { eventDocuments, rawEvents } from './events.ts';
import { functionDocument, rawFunction } from './functions.ts';
import { isQueueKind, type Kind, kinds } from './kinds.ts';
import { parameters, rawMapping } from './mappings.ts';
import { deadLetterName, rawRecords, rawSource, recordDocument, sourceDocument, sourceName } from './sources.ts';
import { duration, MINUTE } from './times.ts';

/** Something that one scenario in ten has. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const raw = fc.record({
  kind: fc.constantFrom(...kinds),
  seed: fc.integer({ min: 1, max: 1000 }),
  source: rawSource,
  mapping: rawMapping,
  createdAtMs: fc.constantFrom(0, 0, 0, 500, 5000),
  /** A second reader of the source, or (queues) one of its dead-letter queue. */
  second: fc.option(fc.record({ mapping: rawMapping, ofDeadLetters: fc.boolean() }), { nil: undefined, freq: 1 }),
  function: rawFunction,
  otherFunction: rawFunction,
  records: rawRecords,
  heavy: fc.integer({ min: 0, max: 79 }).map((dice) => dice === 79),
  events: rawEvents,
  accountConcurrency: fc.constantFrom(1000, 1000, 3),
  /** Most scenarios run to their end, by the usual choices. */
  untilMs: seldom(fc.constantFrom(1000, 2500, 60_000, 100_000)),
  choices: seldom(
    fc.record({
      sqsScaling: fc.constantFrom<('current' | '2023')[]>('current', '2023'),
      effectiveVisibility: fc.boolean(),
      backoffMs: fc.constantFrom(250, 1, 1000, 30_000),
    }),
  ),
  transitionsMs: fc.constantFrom(0, 0, 0, 700, 20_000),
});

type Raw = typeof raw extends fc.Arbitrary<infer T> ? T : never;

/** Any scenario of any kind of source. */
export const scenarios: fc.Arbitrary<ScenarioDocument> = raw.map((drawn) => {
  const plural = assemble(shortLived(drawn));
  return drawn.second ? plural : singular(plural);
});

/** The same in the form that people write by hand. */
function singular({ sources, mappings, functions, ...rest }: ScenarioDocument): ScenarioDocument {
  const [source, mapping, only] = [sources?.[0], mappings?.[0], functions?.[0]];
  return {
    ...rest,
    ...(source && { source }),
    ...(mapping?.parameters && { mapping: mapping.parameters }),
    ...(mapping?.createdAt !== undefined && { mappingCreatedAt: mapping.createdAt }),
    ...(only && { function: only }),
  };
}

function assemble(drawn: Raw): ScenarioDocument {
  const { kind, seed, accountConcurrency, transitionsMs, untilMs, choices } = drawn;
  const mappings = mappingDocuments(drawn);
  const functions = mappings.length === 1 ? ['consumer'] : ['consumer', 'auditor'];
  const cast = { kind, functions, mappings: mappings.map(({ name }) => name ?? '') };
  return {
    scenario: 'found-by-a-property',
    seed,
    ...(accountConcurrency !== 1000 && { account: { concurrency: accountConcurrency } }),
    ...(transitionsMs > 0 && { transitions: duration(transitionsMs) }),
    ...(untilMs !== undefined && { until: duration(untilMs) }),
    ...(choices && { choices: choicesDocument(choices) }),
    sources: sourceDocuments(drawn),
    mappings,
    functions: functions.map((name, index) => {
      return functionDocument(name, index === 0 ? drawn.function : drawn.otherFunction, kind);
    }),
    records: recordDocuments(drawn),
    events: drawn.events.flatMap((event) => eventDocuments(event, cast)),
  };
}

/** Large enough for the payload limit to close batches, now and then. */
const PAD = 'x'.repeat(450_000);
const MOST_HEAVY = 4;

/** Heavy records do not live long: retried for hours, they would take minutes of real time. */
function shortLived(drawn: Raw): Raw {
  return drawn.heavy ? { ...drawn, source: { ...drawn.source, lives: 2, retentionMs: MINUTE } } : drawn;
}

function recordDocuments({ kind, records, source, heavy }: Raw): RecordDocument[] {
  const place = { source: sourceName(kind), partitions: source.parts, more: heavy ? { pad: PAD } : {} };
  return records.slice(0, heavy ? MOST_HEAVY : undefined).map((record) => recordDocument(kind, record, place));
}

function choicesDocument({
  backoffMs,
  ...rest
}: NonNullable<Raw['choices']>): NonNullable<ScenarioDocument['choices']> {
  return { ...rest, backoff: { base: duration(backoffMs) } };
}

function sourceDocuments(drawn: Raw): SourceDocument[] {
  const { kind, source } = drawn;
  const timeoutMs = Math.max(drawn.function.timeoutMs, drawn.otherFunction.timeoutMs);
  const first = sourceDocument(kind, source, timeoutMs);
  if (!readsDeadLetters(drawn)) return [first];
  const own = sourceDocument(kind, { ...source, maxReceiveCount: undefined }, timeoutMs);
  return [first, { ...own, name: deadLetterName(kind) }];
}

function readsDeadLetters({ kind, source, second }: Raw): boolean {
  return second?.ofDeadLetters === true && isQueueKind(kind) && source.maxReceiveCount !== undefined;
}

function mappingDocuments(drawn: Raw): MappingDocument[] {
  const { kind, mapping, second, createdAtMs } = drawn;
  const createdAt = createdAtMs > 0 ? { createdAt: duration(createdAtMs) } : {};
  const first = mappingDocument(kind, mainName(kind), sourceName(kind), 'consumer', mapping, createdAtMs);
  if (!second) return [{ ...first, ...createdAt }];
  const source = readsDeadLetters(drawn) ? deadLetterName(kind) : sourceName(kind);
  const other = mappingDocument(kind, 'other', source, 'auditor', second.mapping, createdAtMs);
  return [first, { ...other, ...createdAt }];
}

/** As a mapping is called that has no name of its own. */
function mainName(kind: Kind): string {
  return `${sourceName(kind)}-consumer`;
}

function mappingDocument(
  kind: Kind,
  name: string,
  source: string,
  target: string,
  drawn: Raw['mapping'],
  createdAtMs: number,
): MappingDocument {
  return { name, source, function: target, parameters: parameters(kind, drawn, createdAtMs) };
}
