/**
 * Message attributes between the wire and the queue: what SQS refuses in them, how much they weigh, which of them a receive
 * asked for (Amazon SQS Developer Guide, Amazon SQS message metadata).
 */
import type { MessageAttribute } from '@millrace/semantics';
import { invalidValue } from '../errors.ts';

/** A message attribute as both protocols bring it. */
export interface WireAttribute {
  readonly DataType?: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
  readonly StringListValues?: readonly string[];
  readonly BinaryListValues?: readonly string[];
}

export type WireAttributes = Readonly<Record<string, WireAttribute>>;
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MOST_ATTRIBUTES = 10;
const LONGEST_NAME = 256;
const LONGEST_TYPE = 256;

/** @throws {SqsError} on what SQS refuses */
export function readAttributes(wire: WireAttributes | undefined): MessageAttributes | undefined {
  const names = Object.keys(wire ?? {});
  if (!wire || names.length === 0) return undefined;
  if (names.length > MOST_ATTRIBUTES) {
    throw invalidValue(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${MOST_ATTRIBUTES}].`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, readAttribute(name, wire[name]!)]));
}

/** The one system attribute that a sender may set. */
export function readTraceHeader(wire: WireAttributes | undefined): string | undefined {
  for (const name of Object.keys(wire ?? {})) {
    if (name !== 'AWSTraceHeader') throw invalidValue(`Message system attribute name '${name}' is invalid.`);
    const { dataType, stringValue } = readAttribute(name, wire![name]!, 'system');
    if (dataType !== 'String') throw invalidValue("Message system attribute 'AWSTraceHeader' must be of type String.");
    return stringValue;
  }
  return undefined;
}

/** What the attributes add to the size of a message: names, types and values. */
export function attributesBytes(attributes: MessageAttributes | undefined): number {
  let bytes = 0;
  for (const name in attributes) {
    const { dataType, stringValue, binaryValue } = attributes[name]!;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(dataType);
    bytes +=
      binaryValue === undefined ? Buffer.byteLength(stringValue ?? '') : Buffer.byteLength(binaryValue, 'base64');
  }
  return bytes;
}

/** The attributes that a receive asked for, by name, by `prefix.*` or all of them; undefined when there are none. */
export function chosenAttributes(
  attributes: MessageAttributes | undefined,
  names: readonly string[],
): MessageAttributes | undefined {
  if (!attributes || names.length === 0) return undefined;
  const chosen = Object.keys(attributes).filter((name) => names.some((wanted) => isWanted(name, wanted)));
  if (chosen.length === 0) return undefined;
  return Object.fromEntries(chosen.map((name) => [name, attributes[name]!]));
}

export function attributesOnWire(attributes: MessageAttributes): WireAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      binaryValue === undefined
        ? { StringValue: stringValue ?? '', DataType: dataType }
        : { BinaryValue: binaryValue, DataType: dataType },
    ]),
  );
}

function isWanted(name: string, wanted: string): boolean {
  if (wanted === 'All' || wanted === '*') return true;
  return wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -2)) : name === wanted;
}

function readAttribute(name: string, wire: WireAttribute, kind: 'user' | 'system' = 'user'): MessageAttribute {
  checkName(name);
  const what = `Message (${kind}) attribute '${name}'`;
  const { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue } = wire;
  if (wire.StringListValues?.length || wire.BinaryListValues?.length) {
    throw invalidValue('Message attribute list values in SendMessage operation are not supported.');
  }
  if (!dataType) throw invalidValue(`${what} must contain a non-empty message attribute type.`);
  const type = dataType.length > LONGEST_TYPE ? undefined : /^(String|Number|Binary)(\..+)?$/s.exec(dataType)?.[1];
  if (!type) {
    throw invalidValue(
      `The type of message (${kind}) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  if (stringValue !== undefined && binaryValue !== undefined) {
    throw invalidValue(`${what} has more than one value.`);
  }
  const value = type === 'Binary' ? binaryValue : stringValue;
  if (!value) throw invalidValue(`${what} must contain a non-empty value of type '${type}'.`);
  if (type === 'Number' && !isNumber(value)) throw invalidValue(`Can't cast the value of ${what} to a number.`);
  return type === 'Binary' ? { dataType, binaryValue: canonical(value, what) } : { dataType, stringValue: value };
}

function checkName(name: string): void {
  if (name.length > LONGEST_NAME) {
    throw invalidValue(`Length of message attribute name must be less than ${LONGEST_NAME + 1} bytes.`);
  }
  if (!/^[\w.-]+$/.test(name)) {
    throw invalidValue(
      'Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.',
    );
  }
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
    throw invalidValue(`You can't start or end message attribute name '${name}' with a dot, nor use two in a row.`);
  }
  if (/^(aws|amazon)\./i.test(name)) {
    throw invalidValue(`You can't use message attribute names beginning with 'AWS.' or 'Amazon.': '${name}'.`);
  }
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());
}

/** Base64 as everybody writes it, so that digests and sizes agree. */
function canonical(base64: string, what: string): string {
  if (!/^[A-Za-z0-9+/\s]*={0,2}$/.test(base64.trim())) throw invalidValue(`${what} must have a value in base64.`);
  return Buffer.from(base64, 'base64').toString('base64');
}
