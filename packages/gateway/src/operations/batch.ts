/** What all batch requests have in common: their entries are checked together, then each stands or falls by itself. */
import { SqsError } from '../errors.ts';
import type { OperationName } from '../protocol/operations.ts';

const MOST_ENTRIES = 10;

export interface BatchEntry {
  readonly Id?: string;
}

export interface BatchResult {
  readonly Successful: readonly object[];
  readonly Failed: readonly object[];
}

/** @throws {SqsError} when the entries are none, too many, or not well named */
export function checkEntries<T extends BatchEntry>(
  operation: OperationName,
  entries: readonly T[] | undefined,
): readonly T[] {
  if (!entries || entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', `There should be at least one ${operation}RequestEntry in the request.`);
  }
  if (entries.length > MOST_ENTRIES) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const { Id: id = '' } of entries) {
    if (!/^[\w-]{1,80}$/.test(id)) {
      throw new SqsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (seen.has(id)) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    seen.add(id);
  }
  return entries;
}

/**
 * Reads every entry, hands those that could be read to `carryOut` in one call, and says for each what became of it.
 * Successes and failures come in the order of the entries.
 */
export async function inBatch<E extends BatchEntry, R, O>(
  entries: readonly E[],
  read: (entry: E) => R,
  carryOut: (read: readonly R[]) => Promise<readonly O[]>,
  answer: (outcome: O, read: R, entry: E) => object,
): Promise<BatchResult> {
  const failed: { readonly id: string; readonly error: SqsError }[] = [];
  const readable: { readonly entry: E; readonly read: R }[] = [];
  for (const entry of entries) {
    attempt(entry, failed, () => readable.push({ entry, read: read(entry) }));
  }
  const outcomes = readable.length > 0 ? await carryOut(readable.map((one) => one.read)) : [];
  const Successful: object[] = [];
  for (const [index, one] of readable.entries()) {
    const said = () => Object.assign({ Id: one.entry.Id }, answer(outcomes[index]!, one.read, one.entry));
    attempt(one.entry, failed, () => Successful.push(said()));
  }
  return { Successful, Failed: failed.map(({ id, error }) => failedEntry(id, error)) };
}

function attempt(entry: BatchEntry, failed: { id: string; error: SqsError }[], run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SqsError)) throw error;
    failed.push({ id: entry.Id ?? '', error });
  }
}

function failedEntry(id: string, { kind, message, isSenderFault }: SqsError): object {
  return { Id: id, SenderFault: isSenderFault, Code: kind.code, Message: message };
}
