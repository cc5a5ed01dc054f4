/**
 * What an answer means for its batch. Without ReportBatchItemFailures every answer is a success; with it, an answer
 * either reports failed items that are all in the batch, or reports nothing, or is of no use and fails the batch.
 * A tumbling window wants its state besides.
 */
import type { Outcome, SourceKind } from '@millrace/semantics';
import { jsonBytes } from '../events/json-bytes.ts';
import { errorPayload, type FunctionAnswer } from './function-answer.ts';
import { type ItemIdentifier, type PartialFailure, readReport } from './report.ts';

export interface AnswerOptions {
  /** ReportBatchItemFailures is among the mapping's FunctionResponseTypes. */
  readonly partialResponses: boolean;
  /** Present when the mapping has a tumbling window; `final` for the invocation that hands the aggregate off. */
  readonly tumblingWindow?: { readonly final: boolean } | undefined;
}

/** An answer that can be used: a success, or some failed items. */
type Usable = (Outcome & { readonly kind: 'success' }) | PartialFailure;

const IGNORED: Usable = { kind: 'success' };
const REPORT_IGNORED: Usable = { kind: 'success', rule: 'answer.report-ignored-unless-enabled' };
const NOTHING_REPORTED: Usable = { kind: 'success', rule: 'answer.nothing-reported-is-success' };
const TIMEOUT: Outcome = { kind: 'timeout', rule: 'answer.timeout-is-function-error' };

/**
 * The outcome of an attempt. `identifiers` gives the batch's identifiers in the order of its records (message ids,
 * sequence numbers, or for Kafka topic-partition and offset); it is asked only when the answer reports failures.
 */
export function readAnswer(
  kind: SourceKind,
  answer: FunctionAnswer,
  identifiers: () => readonly ItemIdentifier[],
  options: AnswerOptions,
): Outcome {
  switch (answer.kind) {
    case 'returned':
      return readReturned(kind, answer.value, identifiers, options);
    case 'not-json':
      return readNotJson(options);
    case 'timed-out':
      return TIMEOUT;
    case 'too-large':
      return errorOutcome(answer, 'answer.too-large-is-function-error');
    case 'threw':
    case 'exited':
    case 'out-of-memory':
      return errorOutcome(answer, 'answer.error-fails-batch');
    case 'throttled':
    case 'unreachable':
      return answer;
  }
}

function errorOutcome(
  answer: FunctionAnswer,
  rule: 'answer.error-fails-batch' | 'answer.too-large-is-function-error',
): Outcome {
  const errorType = errorPayload(answer, '')?.errorType ?? 'Error';
  const message = answer.kind === 'threw' ? firstLine(answer.errorMessage) : '';
  return { kind: 'error', rule, errorType, ...(message !== '' && { errorMessage: message }) };
}

/** As much of a message as a trace should repeat at every attempt. */
function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function readNotJson({ partialResponses, tumblingWindow }: AnswerOptions): Outcome {
  if (partialResponses) {
    return { kind: 'invalid-response', rule: 'answer.not-json-fails-batch', reason: 'The answer is not valid JSON.' };
  }
  return needsState(tumblingWindow) ? WITHOUT_STATE : IGNORED;
}

function readReturned(
  kind: SourceKind,
  value: unknown,
  identifiers: () => readonly ItemIdentifier[],
  { partialResponses, tumblingWindow }: AnswerOptions,
): Outcome {
  const outcome = partialResponses ? (readReport(kind, value, identifiers) ?? NOTHING_REPORTED) : unread(value);
  return outcome.kind !== 'invalid-response' && needsState(tumblingWindow) ? withState(outcome, value) : outcome;
}

function unread(value: unknown): Usable {
  return isObject(value) && Array.isArray(value.batchItemFailures) && value.batchItemFailures.length > 0
    ? REPORT_IGNORED
    : IGNORED;
}

const WITHOUT_STATE: Outcome = {
  kind: 'invalid-response',
  rule: 'answer.window-needs-state',
  reason: 'The answer has no state, which a tumbling window needs.',
};

function needsState(window: AnswerOptions['tumblingWindow']): boolean {
  return window !== undefined && !window.final;
}

function withState(outcome: Usable, value: unknown): Outcome {
  if (!isObject(value) || !Object.hasOwn(value, 'state')) return WITHOUT_STATE;
  const windowState = value.state;
  return { ...outcome, windowState, windowStateBytes: jsonBytes(windowState) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
