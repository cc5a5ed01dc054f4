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
  const sizes = batchSizes(result, shown);
  const lines = shown.flatMap((discard, at) => [
    ...hang(look, `  ${padEnd(look, heads[at] ?? '', widest)}  `, discardText(look, discard)),
    ...sizesLine(look, widest + 4, sizes.get(sizeKey(discard, discard.records[0]))),
  ]);
  return [look.paint('strong', 'Discarded'), ...lines, ...andMore(look, result.discards.length - most, 'discard')];
}

function sizeKey({ mapping }: { readonly mapping: string }, record: string | undefined): string {
  return `${mapping}\n${record ?? ''}`;
}

/** The sizes of the batches in which each discard's first record was invoked, in order: how bisecting closed in on it. */
function batchSizes(result: RunResult, discards: readonly DiscardResult[]): Map<string, number[]> {
  const sizes = new Map(discards.map((discard) => [sizeKey(discard, discard.records[0]), [] as number[]]));
  for (const invocation of result.invocations) {
    if (invocation.outcome === 'success') continue;
    for (const record of invocation.records) sizes.get(sizeKey(invocation, record))?.push(invocation.records.length);
  }
  return sizes;
}

const mostSizes = 8;

/** `in batches of 11 → 5 → 2 → 1 ×3`; nothing when it was alone from the beginning. */
function sizesLine(look: Look, indent: number, sizes: readonly number[] = []): string[] {
  if (sizes.length < 2 || sizes[0] === 1) return [];
  const runs: { size: number; times: number }[] = [];
  for (const size of sizes) {
    const last = runs.at(-1);
    if (last?.size === size) last.times += 1;
    else runs.push({ size, times: 1 });
  }
  const texts = runs.map(({ size, times }) => (times > 1 ? `${size} ${look.ascii ? 'x' : '×'}${times}` : `${size}`));
  const shown = texts.length > mostSizes ? [...texts.slice(0, 4), glyphsOf(look).ellipsis, ...texts.slice(-3)] : texts;
  const text = `in batches of ${shown.join(look.ascii ? ' -> ' : ' → ')}`;
  return hang(look, ' '.repeat(indent), text).map((line) => look.paint('dim', line));
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
