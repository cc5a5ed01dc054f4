/**
 * The filters of a mapping (FilterCriteria) over the records of its source.
 *
 * Invariants:
 * 1. Filters are alternatives; within a filter all fields must match, data and metadata alike.
 * 2. A data key of the source (body, data, dynamodb, key, value) is matched against the decoded data, and only where
 *    data and pattern have the same format, both JSON or both plain text. Otherwise the record is dropped (SQS,
 *    Kinesis, DynamoDB), or the filter goes without its conditions on that data (Kafka).
 * 3. Data is parsed once at most for each record, and only when a filter names it.
 *
 * Sources: the filtering pages of the Lambda guide; the rules of the area `filter`.
 */
import type { FilterView, SourceKind } from '../vocabulary.ts';
import { comparesNumbers } from './compares-numbers.ts';
import { DecodedRecord } from './decoded.ts';
import { compileLeaf } from './leaf.ts';
import { parseKeepingNumbers } from './number-literals.ts';
import { branchesOf, compileField, compileObject, fieldsOf } from './pattern.ts';
import { inside, type Place } from './place.ts';
import {
  ABSENT_HITS,
  ABSENT_MISSES,
  type FilterVerdict,
  FORMAT_DROPS,
  fits,
  HIT,
  highest,
  lowest,
  type Matcher,
  METADATA_ONLY,
  type Rank,
  verdictOf,
} from './rank.ts';
import { orRefused, type PatternRefused, refuse } from './refusal.ts';
import { fieldOf } from './values.ts';

type RecordMatcher = Matcher<DecodedRecord>;

/** The filters of a mapping, ready for its records. Opaque: hand them to `matchesFilters`. */
export interface CompiledFilters {
  readonly filters: readonly RecordMatcher[];
  readonly keepNumbers: boolean;
}

/** How filters are compiled. */
export interface FilterOptions {
  /** Refuse operators that EventBridge has and Lambda's table of comparison operators lacks. Default false. */
  readonly strict?: boolean;
}

/** Where the payload of a record stands for patterns, by source. */
const dataKeys: Readonly<Record<SourceKind, readonly string[]>> = {
  sqs: ['body'],
  'sqs-fifo': ['body'],
  kinesis: ['data'],
  dynamodb: ['dynamodb'],
  msk: ['key', 'value'],
  'self-managed-kafka': ['key', 'value'],
};

/** Sources whose records are always JSON to a filter, so that a plain pattern for their data is refused. */
const jsonOnly: readonly SourceKind[] = ['kinesis', 'dynamodb'];

/** Sources which apply the rest of a filter where the formats of data and pattern differ. */
const lenient: readonly SourceKind[] = ['msk', 'self-managed-kafka'];

/**
 * Compiles the patterns of a mapping's FilterCriteria, each a JSON text, for a source. The first bad one refuses all,
 * with Lambda's message and a detail of our own that says what to change. No patterns at all keep every record.
 */
export function compileFilters(
  patterns: readonly string[],
  kind: SourceKind,
  options: FilterOptions = {},
): { readonly ok: true; readonly filters: CompiledFilters } | PatternRefused {
  return orRefused(() => {
    const parsed = patterns.map(parsePattern);
    const place: Place = { where: [], above: 0, strict: options.strict ?? false };
    const filters = parsed.map((pattern) => compileRecord(pattern, kind, place));
    return { ok: true, filters: { filters, keepNumbers: parsed.some(comparesNumbers) } };
  });
}

/** What the filters say about a record: kept or dropped, and the rule that decided. */
export function matchesFilters({ filters, keepNumbers }: CompiledFilters, view: FilterView): FilterVerdict {
  if (filters.length === 0) return verdictOf(HIT);
  return verdictOf(highest(filters, new DecodedRecord(view, keepNumbers), undefined));
}

/** Parses a pattern. Of keys that stand twice in an object the last one counts, as everywhere in JSON. */
function parsePattern(text: string): unknown {
  try {
    return parseKeepingNumbers(text);
  } catch (error) {
    if (error instanceof SyntaxError) refuse([], 'must be JSON.');
    throw error;
  }
}

function compileRecord(pattern: unknown, kind: SourceKind, place: Place): RecordMatcher {
  const fields = fieldsOf(pattern, place).map(([key, value]) => compileRecordField(key, value, kind, place));
  return (record) => lowest(fields, record, undefined);
}

function compileRecordField(key: string, value: unknown, kind: SourceKind, place: Place): RecordMatcher {
  if (key === '$or') {
    const branches = branchesOf(value, place).map((branch) => compileRecord(branch, kind, place));
    return (record) => highest(branches, record, undefined);
  }
  if (dataKeys[kind].includes(key)) return compileData(key, value, kind, { ...inside(place, key), above: 1 });
  const matches = compileField(value, inside(place, key));
  return ({ metadata }) => matches(fieldOf(metadata, key), metadata);
}

function compileData(key: string, value: unknown, kind: SourceKind, place: Place): RecordMatcher {
  const wanted = Array.isArray(value) ? 'plain' : 'json';
  const matches = Array.isArray(value) ? compileLeaf(value, place) : compileObject(value, place);
  if (wanted === 'plain' && jsonOnly.includes(kind)) {
    refuse(place.where, 'must be an object: data of this source is JSON.', 'filter.plain-data-pattern-refused');
  }
  const onMismatch = lenient.includes(kind) ? METADATA_ONLY : FORMAT_DROPS;
  return (record) => {
    const data = record.data(key);
    if (data.format === wanted) return matches(data.value, data.value);
    return data.format === 'absent' ? whenAbsent(matches(undefined, undefined)) : onMismatch;
  };
}

function whenAbsent(rank: Rank): Rank {
  return fits(rank) ? ABSENT_HITS : ABSENT_MISSES;
}
