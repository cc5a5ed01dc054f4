/**
 * A request's decoded body becomes an operation's input. What has another type than its shape says is refused at once; what
 * breaks constraints is collected and said in one answer, as AWS does.
 *
 * 1. Timestamps are milliseconds, blobs are base64 text, whatever the encoding was.
 * 2. What is null is left out; unknown members stay unread.
 */
import { malformed, StreamsError } from '../errors.ts';
import type { Encoding } from './encoding.ts';
import type { BlobShape, IntegerShape, ListShape, MapShape, Shape, StructShape, TextShape } from './shapes.ts';

/** More constraints than these are not told. */
const MOST_TOLD = 10;
/** More of a value than this is not repeated. */
const LONGEST_TOLD = 256;

interface Reading {
  readonly encoding: Encoding;
  readonly broken: string[];
}

/** @throws {StreamsError} when it has not the shape */
export function readInput(shape: StructShape, value: unknown, encoding: Encoding): Readonly<Record<string, unknown>> {
  const reading: Reading = { encoding, broken: [] };
  const input = readStruct(reading, '', shape, value);
  const { broken } = reading;
  if (broken.length === 0) return input;
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: `;
  throw new StreamsError('ValidationException', count + broken.slice(0, MOST_TOLD).join('; '));
}

function readMember(reading: Reading, path: string, shape: Shape, value: unknown): unknown {
  if (shape === 'boolean') return typeof value === 'boolean' ? value : refuse(path, 'a boolean');
  if (shape === 'timestamp') return reading.encoding.readTime(value) ?? refuse(path, 'a timestamp');
  switch (shape.kind) {
    case 'text':
      return readText(reading, path, shape, value);
    case 'integer':
      return readInteger(reading, path, shape, value);
    case 'blob':
      return readBlob(reading, path, shape, value);
    case 'list':
      return readList(reading, path, shape, value);
    case 'map':
      return readMap(reading, path, shape, value);
    case 'struct':
      return readStruct(reading, path, shape, value);
  }
}

function readText(reading: Reading, path: string, { min, max, pattern, oneOf }: TextShape, value: unknown): string {
  if (typeof value !== 'string') return refuse(path, 'a string');
  if (max !== undefined && value.length > max) {
    note(reading, path, `Member must have length less than or equal to ${max}`, value);
    return value;
  }
  if (min !== undefined && value.length < min) {
    note(reading, path, `Member must have length greater than or equal to ${min}`, value);
  }
  if (pattern && !pattern.test(value)) {
    note(reading, path, `Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`, value);
  }
  if (oneOf && !oneOf.includes(value)) {
    note(reading, path, `Member must satisfy enum value set: [${oneOf.join(', ')}]`, value);
  }
  return value;
}

function readInteger(reading: Reading, path: string, { min, max }: IntegerShape, value: unknown): number {
  if (!Number.isSafeInteger(value)) return refuse(path, 'an integer');
  const number = value as number;
  if (min !== undefined && number < min) {
    note(reading, path, `Member must have value greater than or equal to ${min}`, number);
  }
  if (max !== undefined && number > max) {
    note(reading, path, `Member must have value less than or equal to ${max}`, number);
  }
  return number;
}

function readBlob(reading: Reading, path: string, { maxBytes }: BlobShape, value: unknown): string {
  const base64 = reading.encoding.readBlob(value);
  if (base64 === undefined) return refuse(path, reading.encoding.blobWord);
  if (base64.length > Math.ceil(maxBytes / 3) * 4) {
    note(reading, path, `Member must have length less than or equal to ${maxBytes}`);
  }
  return base64;
}

function readList(reading: Reading, path: string, { of, min, max }: ListShape, value: unknown): unknown[] {
  if (!Array.isArray(value)) return refuse(path, 'a list');
  const entries: readonly unknown[] = value;
  checkCount(reading, path, entries.length, min, max);
  if (max !== undefined && entries.length > max) return [];
  return entries.map((entry, index) => readMember(reading, `${path}.${index + 1}.member`, of, entry));
}

function readMap(reading: Reading, path: string, { key, of, min, max }: MapShape, value: unknown): object {
  const entries = Object.entries(asObject(path, value));
  checkCount(reading, path, entries.length, min, max);
  if (max !== undefined && entries.length > max) return {};
  const read = entries.map(([name, entry]) => {
    const at = `${path}.${name.slice(0, LONGEST_TOLD)}.member`;
    return [readText(reading, at, key, name), readMember(reading, at, of, entry)];
  });
  return Object.fromEntries(read);
}

function readStruct(
  reading: Reading,
  path: string,
  { members, required }: StructShape,
  value: unknown,
): Record<string, unknown> {
  const given = asObject(path, value);
  const input: Record<string, unknown> = {};
  for (const name in members) {
    const member = Object.hasOwn(given, name) ? given[name] : undefined;
    const at = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
    if (member !== undefined && member !== null) input[name] = readMember(reading, at, members[name]!, member);
    else if (required.includes(name)) reading.broken.push(constraint('Value null', at, 'Member must not be null'));
  }
  return input;
}

function asObject(path: string, value: unknown): Record<string, unknown> {
  const isPlain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isPlain ? (value as Record<string, unknown>) : refuse(path, 'an object');
}

function checkCount(reading: Reading, path: string, count: number, min = 0, max = Number.POSITIVE_INFINITY): void {
  if (count > max) note(reading, path, `Member must have length less than or equal to ${max}`);
  if (count < min) note(reading, path, `Member must have length greater than or equal to ${min}`);
}

function note({ broken }: Reading, path: string, rule: string, value?: string | number): void {
  const told = value === undefined ? 'Value' : `Value '${String(value).slice(0, LONGEST_TOLD)}'`;
  broken.push(constraint(told, path, rule));
}

function constraint(told: string, path: string, rule: string): string {
  return `${told} at '${path}' failed to satisfy constraint: ${rule}`;
}

function refuse(path: string, wanted: string): never {
  throw malformed(path === '' ? `The request must be ${wanted}.` : `The member ${path} must be ${wanted}.`);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
