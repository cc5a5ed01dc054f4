/**
 * How long a value is as JSON, without writing the JSON: UTF-8 bytes of what `JSON.stringify` would answer. Most texts
 * of a batch are plain ASCII, which one regular expression settles at the cost of a scan.
 */

/** Finds what does not stand in JSON as one byte of its own: quotes, backslashes, controls, everything beyond ASCII. */
const COSTS_MORE = /[^\x20\x21\x23-\x5b\x5d-\x7f]/;

/** Bytes of each ASCII character inside a JSON string. */
const ASCII_BYTES = asciiBytes();

function asciiBytes(): Uint8Array {
  const bytes = new Uint8Array(128).fill(1);
  bytes.fill(6, 0, 32);
  for (const short of '\b\t\n\f\r"\\') bytes[short.charCodeAt(0)] = 2;
  return bytes;
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/** Bytes of a text as a JSON string, its quotes included. A lone surrogate is written as `\udXXX`: six bytes. */
export function jsonStringBytes(text: string): number {
  return isPlain(text) ? text.length + 2 : 2 + countUnits(text, ASCII_BYTES, 6);
}

/** Entering the regular expression costs more than looking through a key. */
const SHORT = 32;

function isPlain(text: string): boolean {
  if (text.length > SHORT) return !COSTS_MORE.test(text);
  for (let i = 0; i < text.length; i++) {
    if (ASCII_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

const ONE_EACH = new Uint8Array(128).fill(1);

/** Bytes of a text in UTF-8. A lone surrogate becomes the replacement character: three bytes. */
export function utf8Bytes(text: string): number {
  return isPlain(text) ? text.length : countUnits(text, ONE_EACH, 3);
}

function countUnits(text: string, asciiCosts: Uint8Array, loneSurrogateBytes: number): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += asciiCosts[unit] ?? 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i++;
    } else bytes += unit >= 0xd800 && unit < 0xe000 ? loneSurrogateBytes : 3;
  }
  return bytes;
}

/** Digits of a whole number, its minus sign included. */
export function integerBytes(value: number): number {
  if (value < 0) return 1 + integerBytes(-value);
  if (value >= 1e21) return String(value).length;
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}

/**
 * Bytes of plain data as JSON (what `JSON.parse` gives; keys that are undefined are left out, as JSON leaves them out).
 * Objects with a `toJSON` of their own are no plain data.
 */
export function jsonBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return jsonStringBytes(value);
    case 'number':
      return Number.isFinite(value) ? String(value).length : 4;
    case 'boolean':
      return value ? 4 : 5;
    case 'object':
      return value === null ? 4 : Array.isArray(value) ? listBytes(value) : objectBytes(value);
    default:
      return 4;
  }
}

function listBytes(list: readonly unknown[]): number {
  let bytes = 2 + Math.max(0, list.length - 1);
  for (const item of list) bytes += jsonBytes(item);
  return bytes;
}

function objectBytes(object: object): number {
  let bytes = 1;
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) bytes += jsonStringBytes(key) + jsonBytes(value) + 2;
  }
  return Math.max(2, bytes);
}
