/**
 * A JSON reader that keeps how numbers are written, because filters compare `300`, `300.0` and `3.0e2` as three values.
 *
 * Invariants:
 * 1. It accepts exactly what `JSON.parse` accepts, and answers the same tree with `NumberLiteral`s for its numbers.
 * 2. It does not recurse: no record can exhaust the stack by its nesting.
 */

/** A number with its text as it stood in the JSON. */
export class NumberLiteral {
  readonly text: string;
  readonly value: number;

  constructor(text: string) {
    this.text = text;
    this.value = Number(text);
  }
}

/** A container that is open at some place of the text. Only objects have keys. */
interface Frame {
  readonly container: unknown[] | Record<string, unknown>;
  key: string | undefined;
}

/** Parses JSON text, with a `NumberLiteral` for each number. Throws a `SyntaxError` for what is not JSON. */
export function parseKeepingNumbers(text: string): unknown {
  // The engine judges what is JSON, fast and without recursion; the scan below may then rely on it.
  JSON.parse(text);
  const whole: unknown[] = [];
  const open: Frame[] = [{ container: whole, key: undefined }];
  for (let at = 0; at < text.length; ) at = readToken(text, at, open);
  return whole[0];
}

/** Reads the token that starts at `at` into the innermost open container; answers where the next one starts. */
function readToken(text: string, at: number, open: Frame[]): number {
  switch (text[at]) {
    case '{':
      return enter({}, at, open);
    case '[':
      return enter([], at, open);
    case '}':
    case ']':
      open.pop();
      return at + 1;
    case '"':
      return readString(text, at, innermost(open));
    case ',':
    case ':':
    case ' ':
    case '\n':
    case '\r':
    case '\t':
      return at + 1;
    default:
      return readWord(text, at, innermost(open));
  }
}

function enter(container: Frame['container'], at: number, open: Frame[]): number {
  put(innermost(open), container);
  open.push({ container, key: undefined });
  return at + 1;
}

function innermost(open: readonly Frame[]): Frame {
  const frame = open.at(-1);
  if (frame === undefined) throw new Error('A closing bracket without its opening one was taken for JSON.');
  return frame;
}

function put(frame: Frame, value: unknown): void {
  const { container, key } = frame;
  if (Array.isArray(container)) {
    container.push(value);
    return;
  }
  if (key === undefined) throw new Error('A member without a key was taken for JSON.');
  frame.key = undefined;
  // An assignment to the key `__proto__` would change the object instead of filling it.
  if (key !== '__proto__') container[key] = value;
  else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

function readString(text: string, at: number, frame: Frame): number {
  const end = endOfString(text, at + 1);
  const raw = text.slice(at + 1, end);
  const value = raw.includes('\\') ? String(JSON.parse(text.slice(at, end + 1))) : raw;
  if (Array.isArray(frame.container) || frame.key !== undefined) put(frame, value);
  else frame.key = value;
  return end + 1;
}

/** The place of the quote that ends a string whose first character is at `from`. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (isEscaped(text, end, from)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number, from: number): boolean {
  let first = at;
  while (first > from && text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

/** Reads true, false, null or a number. */
function readWord(text: string, at: number, frame: Frame): number {
  let end = at + 1;
  while (end < text.length && !isBoundary(text.charCodeAt(end))) end += 1;
  const word = text.slice(at, end);
  put(frame, word === 'null' ? null : word === 'true' ? true : word === 'false' ? false : new NumberLiteral(word));
  return end;
}

/** A comma, a closing bracket or white space. */
function isBoundary(code: number): boolean {
  return code === 0x2c || code === 0x5d || code === 0x7d || code <= 0x20;
}
