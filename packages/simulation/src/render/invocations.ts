/** The invocations of a small run, one a line: when, which lane, which records, why now, what came of it. */
import type { InvocationResult, RunResult } from '../result/result.ts';
import { formatMs } from './duration.ts';
import { glyphsOf, type Look, outcomeTone } from './look.ts';
import { columns, fit, fitMiddle, listNames } from './text.ts';

/** Empty when there are more than `most`: a list that nobody reads is noise. */
export function renderInvocations(result: RunResult, look: Look, most = 30): string[] {
  const { invocations } = result;
  if (invocations.length === 0 || invocations.length > most) return [];
  const heads = columns(
    look,
    invocations.map((one) => headCells(look, one)),
    [0, 1],
  );
  const ends = invocations.map((one) => endText(look, one));
  const taken = 2 + widest(look, heads) + 2 + 2 + widest(look, ends);
  const names = invocations.map((one) => listNames(look, one.records, Math.max(12, look.width - taken)));
  const lines = columns(
    look,
    heads.map((head, at) => [head, names[at] ?? '', ends[at] ?? '']),
  );
  return [
    look.paint('strong', 'Invocations'),
    ...lines.map((line, at) => `  ${tinted(look, fit(look, line, look.width - 2), invocations[at])}`),
  ];
}

function widest(look: Look, texts: readonly string[]): number {
  return Math.max(...texts.map(look.widthOf));
}

/** How long it took and which lanes it had are left out where there is no room. */
function headCells(look: Look, invocation: InvocationResult): string[] {
  const { id, startMs, endMs, lanes, closedBy, attempt } = invocation;
  const lane = lanes.length === 0 || look.width < 80 ? [] : [fitMiddle(look, lanes.join(', '), 24)];
  const took = look.width < 100 ? [] : [formatMs(endMs - startMs)];
  return [`#${id}`, formatMs(startMs), ...took, ...lane, attempt > 1 ? `${closedBy} ${attempt}` : closedBy];
}

function endText(look: Look, { outcome, cold }: InvocationResult): string {
  return `${glyphsOf(look).outcome[outcome]} ${outcome}${cold && look.width >= 100 ? ' (cold)' : ''}`;
}

function tinted(look: Look, line: string, invocation: InvocationResult | undefined): string {
  return invocation && invocation.outcome !== 'success' ? look.paint(outcomeTone(invocation.outcome), line) : line;
}
