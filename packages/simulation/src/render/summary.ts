/** The summary table of a run: what became of the records, what the function was asked, what the metrics say. */
import type { RunResult } from '../result/result.ts';
import { formatMs } from './duration.ts';
import { type Look, outcomeTone, type Tone } from './look.ts';
import { type ShownRun, totalsOf } from './shown.ts';
import { fitMiddle, formatCount, padEnd, plural, wrapItems } from './text.ts';

interface SummaryLine {
  readonly head: string;
  readonly items: readonly string[];
}

const headColumns = 14;
const mostCheckpoints = 6;
const byNumbers = new Intl.Collator('en', { numeric: true });

export function renderSummary(run: ShownRun, look: Look): string[] {
  const { result } = run;
  const lines: SummaryLine[] = [
    recordLine(run, look),
    invocationLine(run, look),
    ...discardLine(result),
    ...queueLine(result),
    { head: 'Metrics', items: metricItems(result) },
    { head: 'Checkpoints', items: checkpointItems(result, look) },
    { head: run.live ? 'Time' : 'Virtual time', items: [formatMs(result.virtualMs)] },
  ];
  return lines.filter((line) => line.items.length > 0).flatMap((line) => lineTexts(look, line));
}

function lineTexts(look: Look, line: SummaryLine): string[] {
  const head = look.paint('strong', padEnd(look, line.head, headColumns));
  const unpainted = { ...look, widthOf: (text: string) => look.widthOf(stripPaint(text)) };
  return wrapItems(unpainted, line.items, '   ', look.width - headColumns).map(
    (text, index) => (index === 0 ? head : ' '.repeat(headColumns)) + text,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
const colour = /\u001b\[[0-9;]*m/g;

function stripPaint(text: string): string {
  return text.replace(colour, '');
}

const fateTones: Readonly<Record<string, Tone>> = {
  succeeded: 'good',
  discarded: 'bad',
  'dead-lettered': 'bad',
  expired: 'bad',
  pending: 'warn',
};

function recordLine(run: ShownRun, look: Look): SummaryLine {
  const totals = totalsOf(run);
  const fates = Object.entries(totals.fates).filter(([, count]) => count > 0);
  const items = fates.map(([fate, count]) => look.paint(fateTones[fate] ?? 'dim', `${formatCount(count)} ${fate}`));
  const delivered = totals.deliveries > 0 ? [plural(totals.deliveries, 'delivery')] : [];
  return { head: 'Records', items: [formatCount(totals.records), ...items, ...delivered] };
}

function invocationLine(run: ShownRun, look: Look): SummaryLine {
  const counts = new Map<string, number>();
  let cold = 0;
  for (const invocation of run.result.invocations) {
    counts.set(invocation.outcome, (counts.get(invocation.outcome) ?? 0) + 1);
    if (invocation.cold) cold += 1;
  }
  const items = [...counts].map(([kind, count]) =>
    look.paint(outcomeTone(kind as never), `${formatCount(count)} ${kind}`),
  );
  const starts = cold > 0 ? [`${formatCount(cold)} cold`] : [];
  return { head: 'Invocations', items: [formatCount(totalsOf(run).invocations), ...items, ...starts] };
}

function discardLine(result: RunResult): SummaryLine[] {
  const counts = new Map<string, number>();
  for (const discard of result.discards) counts.set(discard.condition, (counts.get(discard.condition) ?? 0) + 1);
  const items = [...counts].map(([condition, count]) => `${formatCount(count)} ${condition}`);
  return items.length > 0 ? [{ head: 'Discards', items }] : [];
}

function queueLine(result: RunResult): SummaryLine[] {
  const items = Object.entries(result.queues).filter(([, messages]) => messages.length > 0);
  return items.length > 0
    ? [{ head: 'Dead letters', items: items.map(([queue, messages]) => `${formatCount(messages.length)} in ${queue}`) }]
    : [];
}

/** Metrics that are not zero; milliseconds as durations. */
function metricItems(result: RunResult): string[] {
  return Object.entries(result.metrics)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) =>
      name.endsWith('Ms') ? `${name.slice(0, -2)} ${formatMs(value)}` : `${name} ${formatCount(value)}`,
    );
}

function checkpointItems(result: RunResult, look: Look): string[] {
  const all = Object.entries(result.checkpoints).sort(([a], [b]) => byNumbers.compare(a, b));
  const items = all
    .slice(0, mostCheckpoints)
    .map(([lane, position]) => `${fitMiddle(look, lane, 24)} ${shortPosition(look, String(position))}`);
  return all.length > mostCheckpoints ? [...items, `and ${all.length - mostCheckpoints} more`] : items;
}

/** A Kinesis sequence number has 56 digits, of which only the last ones differ. */
function shortPosition(look: Look, position: string): string {
  return position.length > 20 ? fitMiddle(look, position, 15) : position;
}
