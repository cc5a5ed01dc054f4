/** How text, bytes and JSON of a scenario become what travels, for every type of source. */
import type { AttributeMap, AttributeValue } from '@millrace/semantics';
import { FieldError } from '../../input-error.ts';
import { isBase64, textToBase64 } from '../base64.ts';
import { shown } from '../problems.ts';

/** What a record without a payload holds: an empty JSON object. */
const nothingWritten = '{}';

/** Text as it is; anything else as JSON. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? nothingWritten : JSON.stringify(value);
}

/** Base64 of text as it is, of `{ base64 }` as bytes, of anything else as JSON. */
export function asBase64(value: unknown, field: string): string {
  if (typeof value === 'string') return textToBase64(value);
  if (typeof value !== 'object' || value === null) return textToBase64(asText(value));
  const bytes = (value as { readonly base64?: unknown }).base64;
  if (bytes === undefined || Object.keys(value).length !== 1) return textToBase64(JSON.stringify(value));
  return checkedBase64(bytes, `${field}.base64`);
}

export function checkedBase64(value: unknown, field: string): string {
  if (typeof value === 'string' && isBase64(value)) return value;
  throw new FieldError(field, `must be base64 with its padding, not ${shown(value)}`);
}

export function asLabel(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new FieldError(field, `must be text that is not empty, not ${shown(value)}`);
}

export function asBlock(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new FieldError(field, `must be a block of fields, not ${shown(value)}`);
}

export function asWhole(value: unknown, field: string, least = 0): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new FieldError(field, `must be a whole number of at least ${least}, not ${shown(value)}`);
}

const tags = new Set(['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL']);

/** An item as DynamoDB JSON: kept when every attribute already is an object with one type tag, else typed from plain JSON. */
export function attributeMap(value: unknown, field: string): AttributeMap {
  const item = asBlock(value, field);
  const attributes = Object.entries(item);
  const typed = attributes.every(([, attribute]) => isTagged(attribute));
  return Object.fromEntries(
    attributes.map(([name, attribute]) => [
      name,
      typed ? numbersAsText(attribute as AttributeValue) : typedValue(attribute),
    ]),
  );
}

function isTagged(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && tags.has(keys[0]!);
}

/** `{ N: 5 }` is what people write in YAML; on the wire a number is text. */
function numbersAsText(value: AttributeValue): AttributeValue {
  if (typeof value.N === 'number') return { N: String(value.N) };
  const list = value.NS;
  return Array.isArray(list) ? { NS: list.map(String) } : value;
}

function typedValue(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(typedValue) };
  if (typeof value !== 'object' || value === null) return { NULL: true };
  return { M: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typedValue(member)])) };
}
