/**
 * What of a record leaves, and how it is written into a fixture. Concealing what `--redact` and `--hash` name:
 *
 * 1. A redacted value keeps its kind: text becomes [redacted], a number 0, true false, lists and objects are emptied.
 * 2. A hashed value is its HMAC-SHA-256 under one key: equal values of one recording stay equal, numbers stay numbers. Of
 *    lists and objects each value is hashed.
 * 3. Data that is not JSON cannot be looked into: where a rule asks for its parts it leaves as [redacted], unless it is to
 *    be kept.
 * 4. A deduplication id may be a hash of the body: it is hashed once anything of the data is concealed.
 */
import { createHmac } from 'node:crypto';
import type { AttributeMap, AttributeValue } from '@millrace/semantics';
import { UsageError } from '../errors.ts';
import { type Conceal, concealJson } from './recordJson.ts';
import { endsHere, type Field, into, type Live, type Rule } from './recordPaths.ts';

const REDACTED = '[redacted]';
const HASH_DIGITS = 32;
/** As many bytes as every number of JavaScript can hold. */
const NUMBER_BYTES = 6;

/** Data as a line of a fixture holds it. */
export type Written = string | object;

export class Concealer {
  readonly #rules: readonly Rule[];
  readonly #hashKey: string | Uint8Array;
  readonly #keepOpaque: boolean;
  readonly #live: readonly Live[];
  readonly #met = new Set<Rule>();
  /** Records whose data is not JSON although a rule looks for something in it. */
  opaque = 0;

  constructor(rules: readonly Rule[], hashKey: string | Uint8Array, keepOpaque: boolean) {
    this.#rules = rules;
    this.#hashKey = hashKey;
    this.#keepOpaque = keepOpaque;
    this.#live = rules.filter(({ field }) => field === 'data').map((rule) => ({ rule, done: 0 }));
  }

  /** Rules that have not found anything so far. */
  get unmet(): readonly Rule[] {
    return this.#rules.filter((rule) => !this.#met.has(rule));
  }

  data(bytes: Uint8Array | string): Written {
    const text = typeof bytes === 'string' ? bytes : textOf(bytes);
    if (this.#live.length === 0) return text === undefined ? base64(bytes as Uint8Array) : written(text);
    const concealed = text === undefined ? undefined : this.#json(text);
    if (concealed !== undefined) return written(concealed);
    this.opaque += 1;
    if (!this.#keepOpaque) return REDACTED;
    return text === undefined ? base64(bytes as Uint8Array) : written(text);
  }

  /** A key, a group or another label: it tells records apart, so that it can be hashed and not redacted. */
  label(field: Field, value: string): string {
    const rule = this.#ruleOf(field);
    if (rule) return this.#text(rule, value);
    return field === 'dedup' && this.#live.length > 0
      ? this.#hash('s', value).toString('hex').slice(0, HASH_DIGITS)
      : value;
  }

  /** A key of bytes; text where it is text. */
  key(bytes: Uint8Array): Written {
    const text = textOf(bytes);
    const rule = this.#ruleOf('key');
    if (rule) return this.#text(rule, text ?? Buffer.from(bytes).toString('base64'));
    return text ?? base64(bytes);
  }

  /** A header, or the value of a message attribute. */
  named(field: 'headers' | 'attributes', name: string, bytes: Uint8Array): Written {
    const rule = this.#ruleOf(field, name);
    const text = textOf(bytes);
    if (rule) return this.#text(rule, text ?? Buffer.from(bytes).toString('base64'));
    return text ?? base64(bytes);
  }

  /** A message attribute, of its type. */
  attribute(name: string, type: string, text: string | undefined, bytes: Uint8Array | undefined): object {
    const rule = this.#ruleOf('attributes', name);
    if (bytes !== undefined) {
      const left = rule ? Buffer.from(this.#text(rule, Buffer.from(bytes).toString('base64'))) : Buffer.from(bytes);
      return { type, value: left.toString('base64') };
    }
    if (!rule) return { type, value: text ?? '' };
    return { type, value: type.startsWith('Number') ? this.#number(rule, text ?? '') : this.#text(rule, text ?? '') };
  }

  /** An item or its keys. */
  item(item: AttributeMap, isKeys = false): AttributeMap {
    return this.#live.length === 0 ? item : this.#members(item, this.#live, endsHere(this.#live), isKeys);
  }

  #json(text: string): string | undefined {
    try {
      return concealJson(text, this.#live, this.#conceal);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #members(item: AttributeMap, live: readonly Live[], under: Rule | undefined, isKeys: boolean): AttributeMap {
    const entries = Object.entries(item).map(([name, value]) => [
      name,
      this.#attribute(value, into(live, name), under, isKeys),
    ]);
    return Object.fromEntries(entries);
  }

  #attribute(value: AttributeValue, live: readonly Live[], under: Rule | undefined, isKeys: boolean): AttributeValue {
    const rule = under ?? endsHere(live);
    if (rule) this.#met.add(rule);
    if (rule?.action === 'redact' && isKeys) {
      throw new UsageError(`--redact ${rule.text} would give every item the same key; use --hash ${rule.text}.`);
    }
    const [[type, content] = ['NULL', true]] = Object.entries(value);
    if (type === 'M')
      return { M: rule?.action === 'redact' ? {} : this.#members(content as AttributeMap, live, rule, isKeys) };
    if (type === 'L') {
      const members = content as readonly AttributeValue[];
      return {
        L:
          rule?.action === 'redact' ? [] : members.map((one, at) => this.#attribute(one, into(live, at), rule, isKeys)),
      };
    }
    return rule ? this.#concealed(rule, type, content) : value;
  }

  #concealed(rule: Rule, type: string, content: unknown): AttributeValue {
    const number = (value: unknown) => this.#number(rule, String(value));
    const text = (value: unknown) => this.#text(rule, String(value));
    const binary = (value: unknown) => Buffer.from(text(value)).toString('base64');
    const set = (values: unknown, one: (value: unknown) => string) => [...new Set((values as unknown[]).map(one))];
    switch (type) {
      case 'S':
        return { S: text(content) };
      case 'N':
        return { N: number(content) };
      case 'B':
        return { B: binary(content) };
      case 'SS':
        return { SS: set(content, text) };
      case 'NS':
        return { NS: set(content, number) };
      case 'BS':
        return { BS: set(content, binary) };
      default:
        return type === 'BOOL' ? { BOOL: false } : { NULL: true };
    }
  }

  #ruleOf(field: Field, name?: string): Rule | undefined {
    const fitting = this.#rules.filter(
      (rule) => rule.field === field && (name === undefined || rule.steps[0]?.name === name),
    );
    return fitting.find(({ action }) => action === 'redact') ?? fitting[0];
  }

  readonly #conceal: Conceal = {
    met: (rule) => void this.#met.add(rule),
    text: (rule, value) => this.#text(rule, value),
    number: (rule, value) => this.#number(rule, value),
  };

  #text(rule: Rule, value: string): string {
    this.#met.add(rule);
    return rule.action === 'redact' ? REDACTED : this.#hash('s', value).toString('hex').slice(0, HASH_DIGITS);
  }

  #number(rule: Rule, value: string): string {
    this.#met.add(rule);
    return rule.action === 'redact' ? '0' : String(this.#hash('n', value).readUIntBE(0, NUMBER_BYTES));
  }

  #hash(kind: string, value: string): Buffer {
    return createHmac('sha256', this.#hashKey).update(`${kind}:${value}`).digest();
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function base64(bytes: Uint8Array): { readonly base64: string } {
  return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

/** JSON stands as JSON in the fixture where the same text comes out of it again; everything else as text. */
function written(text: string): Written {
  if (!/^[{[]/.test(text)) return text;
  try {
    const value: object = JSON.parse(text);
    const isBytes = Object.keys(value).length === 1 && 'base64' in value;
    return !isBytes && JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}
