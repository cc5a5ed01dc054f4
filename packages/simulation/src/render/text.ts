/** Text in columns: padded, shortened, wrapped. Widths are columns of unpainted text. */
import { glyphsOf, type Look } from './look.ts';

export function padEnd(look: Look, text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - look.widthOf(text)));
}

export function padStart(look: Look, text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - look.widthOf(text))) + text;
}

function prefixOf(look: Look, text: string, columns: number): string {
  let taken = '';
  for (const char of text) {
    if (look.widthOf(taken + char) > columns) break;
    taken += char;
  }
  return taken;
}

function suffixOf(look: Look, text: string, columns: number): string {
  let taken = '';
  for (const char of Array.from(text).reverse()) {
    if (look.widthOf(char + taken) > columns) break;
    taken = char + taken;
  }
  return taken;
}

/** Shortens a text at its end. */
export function fit(look: Look, text: string, columns: number): string {
  if (look.widthOf(text) <= columns) return text;
  return prefixOf(look, text, Math.max(0, columns - 1)) + glyphsOf(look).ellipsis;
}

/** Shortens a text in its middle: names of shards differ at their end. */
export function fitMiddle(look: Look, text: string, columns: number): string {
  if (look.widthOf(text) <= columns) return text;
  const tail = Math.ceil((columns - 1) / 2);
  return prefixOf(look, text, columns - 1 - tail) + glyphsOf(look).ellipsis + suffixOf(look, text, tail);
}

/** Breaks a text at spaces into lines of at most so many columns; a longer word stays whole. */
export function wrap(look: Look, text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && look.widthOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines;
}

/** Puts items in a row, separated, and starts a new line where one does not fit; an item is never broken. */
export function wrapItems(look: Look, items: readonly string[], separator: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    const longer = line === '' ? item : line + separator + item;
    if (line !== '' && look.widthOf(longer) > columns) {
      lines.push(line);
      line = item;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

/** A text behind a head of its own, wrapped under itself. */
export function hang(look: Look, head: string, text: string, headColumns = look.widthOf(head)): string[] {
  const lines = wrap(look, text, Math.max(20, look.width - headColumns));
  return lines.map((line, index) => (index === 0 ? head : ' '.repeat(headColumns)) + line);
}

/** Names in a row, as many as fit: `a, b, c … and 12 more`. */
export function listNames(look: Look, names: readonly string[], columns: number): string {
  const all = names.slice(0, columns).join(', ');
  if (names.length <= columns && look.widthOf(all) <= columns) return all;
  for (let kept = Math.min(names.length - 1, columns); kept > 1; kept -= 1) {
    const text = `${names.slice(0, kept).join(', ')} and ${names.length - kept} more`;
    if (look.widthOf(text) <= columns) return text;
  }
  const tail = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return fitMiddle(look, names[0] ?? '', Math.max(4, columns - look.widthOf(tail))) + tail;
}

/** `1 record`, `2 records`, `1,234 records`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${count === 1 ? noun : pluralOf(noun)}`;
}

function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** A number with thousands separated, the same in every locale. */
export function formatCount(count: number): string {
  const [whole = '', fraction] = String(count).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Rows of cells under each other, two spaces between columns; the last column is not padded. */
export function columns(
  look: Look,
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, look.widthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, at) => align(look, cell, widths[at] ?? 0, rightAligned.includes(at)))
      .join('  ')
      .trimEnd(),
  );
}

function align(look: Look, cell: string, width: number, right: boolean): string {
  return right ? padStart(look, cell, width) : padEnd(look, cell, width);
}
