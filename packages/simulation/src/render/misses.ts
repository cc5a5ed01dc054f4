/** Expectations that were not met, with expected and actual side by side. */
import { glyphsOf, type Look } from './look.ts';
import type { ShownMiss } from './shown.ts';
import { fit, formatCount, padEnd, wrap } from './text.ts';

const mostLines = 20;

export function renderMisses(misses: readonly ShownMiss[], look: Look, most = 20): string[] {
  if (misses.length === 0) return [];
  const lines = misses.slice(0, most).flatMap((miss) => missLines(look, miss));
  const rest = misses.length - most;
  const more = rest > 0 ? [look.paint('dim', `  and ${formatCount(rest)} more`)] : [];
  return [look.paint('bad', 'Not as expected'), ...lines, ...more];
}

function missLines(look: Look, miss: ShownMiss): string[] {
  const head = wrap(look, `${miss.path}: ${miss.message}`, look.width - 4).map(
    (line, index) => `${index === 0 ? `  ${glyphsOf(look).bullet} ` : '    '}${line}`,
  );
  return [...head, ...sideBySide(look, miss.expected, miss.actual).map((line) => `    ${line}`)];
}

/** Two values as JSON: under each other where each fits on its line, else in two columns with differing lines marked. */
export function sideBySide(look: Look, expected: unknown, actual: unknown): string[] {
  const pair = [oneLine(expected), oneLine(actual)] as const;
  if (pair.every((text) => look.widthOf(text) <= look.width - 14)) {
    return [`expected  ${look.paint('good', pair[0])}`, `actual    ${look.paint('bad', pair[1])}`];
  }
  return inColumns(look, manyLines(expected), manyLines(actual));
}

function oneLine(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
}

function manyLines(value: unknown): string[] {
  return value === undefined ? ['nothing'] : (JSON.stringify(value, null, 1) ?? String(value)).split('\n');
}

function inColumns(look: Look, left: readonly string[], right: readonly string[]): string[] {
  const half = Math.floor((look.width - 4 - 3) / 2);
  const rows = alignedRows(left, right);
  const from = Math.max(0, rows.findIndex(([a, b]) => a !== b) - 3);
  const shown = rows.slice(from, from + mostLines).map(([a, b]) => rowText(look, half, a, b));
  const before = from > 0 ? [look.paint('dim', `(${from} equal lines)`)] : [];
  const after =
    rows.length > from + mostLines ? [look.paint('dim', `(${rows.length - from - mostLines} more lines)`)] : [];
  return [`${padEnd(look, 'expected', half)}   actual`, ...before, ...shown, ...after];
}

function alignedRows(left: readonly string[], right: readonly string[]): [string, string][] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => [left[at] ?? '', right[at] ?? '']);
}

function rowText(look: Look, half: number, left: string, right: string): string {
  const same = left === right;
  const text = `${padEnd(look, fit(look, left, half), half)} ${same ? ' ' : '|'} ${fit(look, right, half)}`.trimEnd();
  return same ? text : look.paint('warn', text);
}
