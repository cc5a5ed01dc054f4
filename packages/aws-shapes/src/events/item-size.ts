/**
 * The size of an item as DynamoDB counts it: names and texts in UTF-8 bytes, binary as its bytes, a number as one byte
 * for every two digits and one more, lists and maps with an overhead (DynamoDB Developer Guide, "DynamoDB item sizes and
 * formats"). A stream record's SizeBytes is its keys' size plus that of the images it shows (cases D02 to D17).
 */
import type { AttributeMap } from '@millrace/semantics';
import { decodedLength } from './base64.ts';
import { utf8Bytes } from './json-bytes.ts';

const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;
const LONGEST_NUMBER_BYTES = 21;

/** Bytes of all attributes of an item, names included. */
export function itemSizeBytes(item: AttributeMap): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += utf8Bytes(name) + valueSizeBytes(value);
  return bytes;
}

/** Bytes of one value in DynamoDB JSON. A type that DynamoDB does not know counts nothing. */
function valueSizeBytes(typed: unknown): number {
  let bytes = 0;
  for (const [type, value] of Object.entries(typed ?? {})) bytes += sizeOfType(type, value);
  return bytes;
}

function sizeOfType(type: string, value: unknown): number {
  switch (type) {
    case 'S':
      return utf8Bytes(String(value));
    case 'N':
      return numberSizeBytes(String(value));
    case 'B':
      return decodedLength(String(value));
    case 'BOOL':
    case 'NULL':
      return 1;
    case 'SS':
    case 'NS':
    case 'BS':
      return sum(elements(value), (element) => sizeOfType(type.slice(0, 1), element));
    case 'L':
      return COLLECTION_BYTES + sum(elements(value), (element) => ELEMENT_BYTES + valueSizeBytes(element));
    case 'M':
      return COLLECTION_BYTES + sum(Object.entries(value ?? {}), mapEntrySizeBytes);
    default:
      return 0;
  }
}

function mapEntrySizeBytes([name, value]: readonly [string, unknown]): number {
  return ELEMENT_BYTES + utf8Bytes(name) + valueSizeBytes(value);
}

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  let bytes = 0;
  for (const item of items) bytes += size(item);
  return bytes;
}

/**
 * Bytes of a number: its digits in pairs that are aligned at the decimal point, without pairs of zeros at either end,
 * one byte for the exponent, one for a minus sign. Zero takes one byte.
 */
export function numberSizeBytes(text: string): number {
  const { digits, pointAt, negative } = decimal(text);
  const first = digits.search(/[1-9]/);
  if (first === -1) return 1;
  const last = digits.search(/0*$/) - 1;
  const pairs = pairOf(last, pointAt) - pairOf(first, pointAt) + 1;
  return Math.min(LONGEST_NUMBER_BYTES, pairs + 1 + (negative ? 1 : 0));
}

/** Which pair a digit belongs to, counted from the decimal point: 0 holds tenths and hundredths, -1 tens and ones. */
function pairOf(digitAt: number, pointAt: number): number {
  return Math.floor((digitAt - pointAt) / 2);
}

/** The digits of a decimal number without sign and point, and before which of them the point stands. */
function decimal(text: string): { digits: string; pointAt: number; negative: boolean } {
  const [mantissa = '', exponent = '0'] = text.trim().toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  return {
    digits: whole + fraction,
    pointAt: whole.length + Number.parseInt(exponent, 10),
    negative: mantissa.startsWith('-'),
  };
}
