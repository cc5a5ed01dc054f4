/**
 * Reads `batchItemFailures`. Each entry must name an item of the batch in the form of its source; one that does not
 * makes the whole report worthless, whatever the others say.
 */
import type { Outcome, RuleId, SourceKind } from '@millrace/semantics';

/** How an answer calls a record: a message id, a sequence number, or for Kafka its topic-partition and offset. */
export type ItemIdentifier = string | KafkaIdentifier;

export interface KafkaIdentifier {
  /** `<topic>-<partition>`, as in the event. */
  readonly partition: string;
  readonly offset: number;
}

/** An answer of no use. */
export type Invalid = Outcome & { readonly kind: 'invalid-response' };

/** An answer that names failed items of its batch. */
export type PartialFailure = Outcome & { readonly kind: 'partial' };

/** What an answer reports; undefined when it reports nothing, which is a success. */
export function readReport(
  kind: SourceKind,
  value: unknown,
  identifiers: () => readonly ItemIdentifier[],
): PartialFailure | Invalid | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  if (!isObject(value) || Array.isArray(value)) {
    return invalid('answer.not-an-object-fails-batch', `The answer is ${nameOf(value)}, not an object.`);
  }
  const failures = value.batchItemFailures;
  if (failures === undefined || failures === null) return undefined;
  if (!Array.isArray(failures)) {
    return invalid('answer.failures-not-a-list-fails-batch', `batchItemFailures is ${nameOf(failures)}, not a list.`);
  }
  return failures.length === 0 ? undefined : readFailures(kind, failures, identifiers());
}

function readFailures(
  kind: SourceKind,
  failures: readonly unknown[],
  identifiers: readonly ItemIdentifier[],
): PartialFailure | Invalid {
  const indexes = new Map(identifiers.map((identifier, index) => [keyOf(identifier), index]));
  const failed = new Set<number>();
  for (const failure of failures) {
    const index = readFailure(kind, failure, indexes);
    if (typeof index !== 'number') return index;
    failed.add(index);
  }
  return { kind: 'partial', rule: 'answer.items-reported', failed: [...failed].sort((left, right) => left - right) };
}

function readFailure(kind: SourceKind, failure: unknown, indexes: ReadonlyMap<string, number>): number | Invalid {
  if (!isObject(failure) || !Object.hasOwn(failure, 'itemIdentifier')) {
    return invalid(
      'answer.item-without-identifier-fails-batch',
      'An entry of batchItemFailures has no itemIdentifier.',
    );
  }
  const identifier = failure.itemIdentifier;
  if (identifier === null || identifier === '') {
    return invalid('answer.empty-identifier-fails-batch', 'An itemIdentifier is empty.');
  }
  const key = isKafka(kind) ? kafkaKey(identifier) : typeof identifier === 'string' ? identifier : undefined;
  const index = key === undefined ? undefined : indexes.get(key);
  return index ?? unknownIdentifier(identifier);
}

function unknownIdentifier(identifier: unknown): Invalid {
  const text = JSON.stringify(identifier);
  return invalid('answer.unknown-identifier-fails-batch', `The itemIdentifier ${text} is not in the batch.`);
}

function isKafka(kind: SourceKind): boolean {
  return kind === 'msk' || kind === 'self-managed-kafka';
}

/** The key of a Kafka identifier as an answer gives it; undefined for anything that is not one. */
function kafkaKey(identifier: unknown): string | undefined {
  if (!isObject(identifier)) return undefined;
  const { partition, offset } = identifier;
  return typeof partition === 'string' && typeof offset === 'number' ? keyOf({ partition, offset }) : undefined;
}

/** One text per identifier. Topic names have no colon, so that no two Kafka identifiers share one. */
function keyOf(identifier: ItemIdentifier): string {
  return typeof identifier === 'string' ? identifier : `${identifier.partition}:${identifier.offset}`;
}

function invalid(rule: RuleId, reason: string): Invalid {
  return { kind: 'invalid-response', rule, reason };
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
