/** What each kind of trace line says to a person, from its data. */
import { formatMs } from '../render/duration.ts';
import { formatCount } from '../render/text.ts';
import type { TraceLine, TraceWhat } from '../trace/line.ts';
import { numberOf, textOf } from './line-data.ts';

type Describe = (line: TraceLine) => string;

const again: Describe = (line) =>
  join([when('not before ', numberOf(line, 'notBeforeMs')), spent(numberOf(line, 'spent'), line.data?.budget)]);

const discardText: Describe = (line) =>
  join([
    textOf(line, 'condition'),
    line.data?.destination ? `to ${String(line.data.destination)}` : 'no destination',
    line.data?.delivered === false ? 'not delivered' : undefined,
  ]);

const texts: Partial<Record<TraceWhat, Describe>> = {
  arrived: (line) =>
    join([`in ${textOf(line, 'source') ?? 'its source'}`, line.data?.duplicate === true ? 'a duplicate' : undefined]),
  event: (line) => textOf(line, 'do') ?? '',
  fetched: (line) => join([line.lanes?.join(', '), line.poller && `by ${line.poller}`]),
  invoke: (line) =>
    join([
      `batch of ${formatCount(line.records?.length ?? 0)}`,
      textOf(line, 'closedBy') && `closed by ${textOf(line, 'closedBy')}`,
      attemptText(line),
    ]),
  'started-function': (line) => join([invocationText(line), line.data?.cold === true ? 'cold start' : undefined]),
  settled: (line) => join([invocationText(line), textOf(line, 'outcome'), textOf(line, 'error')]),
  retry: again,
  split: again,
  rest: again,
  wait: again,
  discard: discardText,
  discarded: discardText,
  release: (line) => when('visible again at ', numberOf(line, 'visibleAtMs')) ?? '',
  'dead-lettered': (line) => join([textOf(line, 'queue'), received(numberOf(line, 'receiveCount'))]),
  done: (line) => textOf(line, 'fate') ?? '',
  violation: (line) => join([textOf(line, 'invariant'), textOf(line, 'message')]),
};

/** A few words about a line; empty when its name says it all. */
export function describeLine(line: TraceLine): string {
  return texts[line.what]?.(line) ?? '';
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

function received(count: number | undefined): string | undefined {
  return count === undefined ? undefined : `received ${formatCount(count)} times`;
}

function attemptText(line: TraceLine): string | undefined {
  const attempt = numberOf(line, 'attempt');
  return attempt === undefined ? undefined : `attempt ${attempt}`;
}

function invocationText(line: TraceLine): string | undefined {
  const id = line.data?.invocation;
  return id === undefined ? undefined : `invocation #${String(id)}`;
}
