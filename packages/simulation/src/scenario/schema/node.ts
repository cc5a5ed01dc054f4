/** The words from which the scenario's JSON Schema (2020-12) is written. */
import { durationPattern, durationWords, speedPattern } from '../units.ts';

export interface SchemaNode {
  readonly [keyword: string]: unknown;
}

/**
 * An object whose fields are all known. `title` ends the sentence "… is not a field of <title>". Editors read
 * `description`.
 */
export function objectOf(
  title: string,
  properties: Readonly<Record<string, SchemaNode>>,
  required: readonly string[] = [],
): SchemaNode {
  return { type: 'object', title, properties, required, additionalProperties: false };
}

export function listOf(items: SchemaNode, description?: string): SchemaNode {
  return { type: 'array', items, ...(description !== undefined && { description }) };
}

/** `errorMessage` is also what the YAML and JSON language servers show. */
export function duration(description: string, initial?: string): SchemaNode {
  return {
    type: ['string', 'integer'],
    pattern: durationPattern,
    minimum: 0,
    maximum: 0,
    description,
    errorMessage: `must be ${durationWords}`,
    ...(initial !== undefined && { default: initial }),
  };
}

export function text(description: string, more: SchemaNode = {}): SchemaNode {
  return { type: 'string', minLength: 1, description, errorMessage: 'must be text that is not empty', ...more };
}

/** Text, or a number that YAML made of it. */
export function label(description: string): SchemaNode {
  return { type: ['string', 'number'], description, errorMessage: 'must be text' };
}

export function whole(description: string, minimum: number, more: SchemaNode = {}): SchemaNode {
  return {
    type: 'integer',
    minimum,
    description,
    errorMessage: `must be a whole number of at least ${minimum}`,
    ...more,
  };
}

export function flag(description: string, initial: boolean): SchemaNode {
  return { type: 'boolean', description, default: initial, errorMessage: 'must be true or false' };
}

export function speed(description: string): SchemaNode {
  return {
    type: ['string', 'number'],
    pattern: speedPattern,
    exclusiveMinimum: 0,
    description,
    default: '1x',
    errorMessage: 'must be a factor such as 10x or 0.5x',
  };
}

export function anything(description: string): SchemaNode {
  return { description };
}

export function mapOf(description: string, values: SchemaNode = {}): SchemaNode {
  return { type: 'object', description, additionalProperties: values };
}

/** A number, or a range of which both ends are optional. */
export function amount(description: string): SchemaNode {
  return {
    type: ['number', 'object'],
    description,
    properties: { min: { type: 'number' }, max: { type: 'number' } },
    additionalProperties: false,
    title: 'a range',
    errorMessage: 'must be a number or a range { min, max }',
  };
}

export function ref(name: string): SchemaNode {
  return { $ref: `#/$defs/${name}` };
}
