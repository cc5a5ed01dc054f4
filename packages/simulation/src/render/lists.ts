/** What deserves a line of its own: refusals, discards, broken invariants. */
import type { DiscardResult, RunResult, Violation } from '../result/result.ts';
import { formatMs } from './duration.ts';
import { glyphsOf, type Look } from './look.ts';
import { columns, formatCount, hang, listNames, padEnd, plural, wrap } from './text.ts';

/** Why the file's own mapping was refused, with AWS's code and text. */
export function renderRefusals(result: RunResult, look: Look): string[] {
  return result.errors.flatMap((error) => [
    look.paint('bad', `Refused: ${error.code}`),
    ...wrap(look, error.message, look.width - 2).map((line) => `  ${line}`),
  ]);
}

export function renderDiscards(result: RunResult, look: Look, most = 10): string[] {
  if (result.discards.length === 0) return [];
  const shown = result.discards.slice(0, most);
  const heads = columns(
    look,
    shown.map((discard) => [formatMs(discard.atMs), namesOf(look, discard)]),
    [0],
  );
  const widest = Math.max(...heads.map(look.widthOf));
  const lines = shown.flatMap((discard, at) =>
    hang(look, `  ${padEnd(look, heads[at] ?? '', widest)}  `, discardText(look, discard)),
  );
  return [look.paint('strong', 'Discarded'), ...lines, ...andMore(look, result.discards.length - most, 'discard')];
}

function namesOf(look: Look, discard: DiscardResult): string {
  return listNames(look, discard.records, Math.max(16, Math.floor(look.width * 0.3)));
}

function discardText(look: Look, discard: DiscardResult): string {
  const { condition, approximateInvokeCount } = discard;
  const arrow = look.ascii ? '->' : '→';
  return `${condition} after ${plural(approximateInvokeCount, 'invocation')} ${arrow} ${destinationOf(discard)}`;
}

/** The destination's own name: an ARN's last part, a topic as it stands. */
function destinationOf(discard: DiscardResult): string {
  const { destination, delivered } = discard;
  if (destination === null) return 'nowhere (no destination)';
  const name = destination.startsWith('arn:') ? destination.split(':').slice(5).join(':') : destination;
  return delivered ? name : `${name} (not delivered)`;
}

export function renderViolations(result: RunResult, look: Look, most = 10): string[] {
  const { violations } = result;
  if (violations.length === 0) return [];
  const shown = violations.slice(0, most).flatMap((violation) => violationLines(look, violation));
  return [look.paint('bad', 'Broken invariants'), ...shown, ...andMore(look, violations.length - most, 'violation')];
}

function violationLines(look: Look, violation: Violation): string[] {
  const message = violation.message.endsWith('.') ? violation.message : `${violation.message}.`;
  const records = violation.records.length > 0 ? ` Records: ${listNames(look, violation.records, look.width)}.` : '';
  const times = violation.atMs.length > 0 ? ` At ${violation.atMs.map(formatMs).join(', ')}.` : '';
  return hang(look, `  ${glyphsOf(look).bullet} `, `${violation.invariant}: ${message}${records}${times}`);
}

function andMore(look: Look, count: number, noun: string): string[] {
  return count > 0 ? [look.paint('dim', `  and ${formatCount(count)} more ${noun}${count === 1 ? '' : 's'}`)] : [];
}
