/** What each kind of trace line says to a person, from its data. */

import type { TraceLine, TraceWhat } from '@millrace/semantics';
import { formatMs } from '../render/duration.ts';
import { formatCount } from '../render/text.ts';
import { numberOf, textOf } from './line-data.ts';

type Describe = (line: TraceLine) => string;

/** When it is tried again, and what of the budget is gone; nothing where the line's own sentence says so. */
const again: Describe = (line) =>
  /\(retry \d|spends no retry|no retry is spent/.test(line.why ?? '')
    ? ''
    : join([laterText(line), spent(numberOf(line, 'spent'), line.data?.budget)]);

function laterText(line: TraceLine): string | undefined {
  const ms = numberOf(line, 'notBeforeMs');
  return ms !== undefined && ms > line.at ? when('not before ', ms) : undefined;
}

const discardText: Describe = (line) =>
  join([
    textOf(line, 'condition'),
    destinationText(line),
    line.data?.delivered === false && line.data.destination ? 'not delivered' : undefined,
  ]);

/** The order does not know the destination yet; only the answer can say that there is none. */
function destinationText({ what, data }: TraceLine): string | undefined {
  if (data?.fate === 'expired') return 'its source keeps it no longer';
  if (data?.destination) return `to ${String(data.destination)}`;
  return what === 'discarded' ? 'no destination' : undefined;
}

/** A queue says of a delayed message that it arrived once more: why it could not be received, not where it is. */
function sourceText(line: TraceLine): string | undefined {
  const source = textOf(line, 'source');
  return source === undefined ? undefined : `in ${source}`;
}

const texts: Partial<Record<TraceWhat, Describe>> = {
  arrived: (line) => join([sourceText(line), line.data?.duplicate === true ? 'a duplicate' : undefined]),
  event: (line) => textOf(line, 'do') ?? '',
  fetched: (line) => join([line.lanes?.join(', '), line.poller && `by ${line.poller}`]),
  invoke: (line) =>
    join([
      `batch of ${formatCount(line.records?.length ?? 0)}${closedText(textOf(line, 'closedBy'))}`,
      attemptText(line),
    ]),
  'started-function': (line) => join([invocationText(line), line.data?.cold === true ? 'cold start' : undefined]),
  settled: (line) => join([invocationText(line), outcomeText(line)]),
  retry: again,
  split: again,
  rest: again,
  wait: again,
  discard: discardText,
  discarded: discardText,
  release: (line) => when('visible again at ', numberOf(line, 'visibleAtMs')) ?? '',
  'dead-lettered': (line) => textOf(line, 'queue') ?? '',
  acknowledged: (line) => textOf(line, 'fate') ?? '',
  done: (line) => textOf(line, 'fate') ?? '',
  violation: (line) => join([textOf(line, 'invariant'), textOf(line, 'message')]),
};

/** A few words about a line; empty when its name says it all. */
export function describeLine(line: TraceLine): string {
  return texts[line.what]?.(line) ?? '';
}

const closedWords: Readonly<Record<string, string>> = {
  size: 'full',
  window: 'its window ended',
  payload: 'at the payload limit',
  available: 'what was there',
  retry: 'again',
  split: 'one half',
  rest: 'the rest',
  'window-end': 'the tumbling window ended',
};

function closedText(closedBy: string | undefined): string {
  return closedBy === undefined ? '' : ` (${closedWords[closedBy] ?? closedBy})`;
}

/** `error (RangeError: too late)`, `partial (3 reported)`, `throttled (ReservedFunctionConcurrent…)`, `success`. */
function outcomeText(line: TraceLine): string {
  const { failed } = line.data ?? {};
  const error = [textOf(line, 'error') ?? textOf(line, 'reason'), textOf(line, 'errorMessage')]
    .filter((part) => part !== undefined)
    .join(': ');
  const detail = error || (Array.isArray(failed) ? `${formatCount(failed.length)} reported` : '');
  const outcome = textOf(line, 'outcome') ?? 'answered';
  return detail === '' ? outcome : `${outcome} (${detail})`;
}

function join(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

function when(lead: string, ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : lead + formatMs(ms);
}

function spent(count: number | undefined, budget: unknown): string | undefined {
  if (count === undefined) return undefined;
  return typeof budget === 'number' ? `${count} of ${budget} retries spent` : `${count} retries spent`;
}

function attemptText(line: TraceLine): string | undefined {
  const attempt = numberOf(line, 'attempt');
  return attempt === undefined ? undefined : `attempt ${attempt}`;
}

function invocationText(line: TraceLine): string | undefined {
  const id = line.data?.invocation;
  return id === undefined ? undefined : `invocation #${String(id)}`;
}
