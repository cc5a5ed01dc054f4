/**
 * The shapes of the Lambda API, as data, and the generic check of a value against its shape. The check finds three
 * kinds of fault, the first kind that occurs wins: a value of the wrong JSON type, a name that the shape does not
 * have, and broken constraints, which are all told in one answer.
 */
import { type Refusal, validation } from '../errors.ts';

/** One shape. Bounds are inclusive; for texts and lists they bound the length. */
export type Shape =
  | { readonly type: 'integer'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' | 'timestamp' }
  | {
      readonly type: 'string';
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: string;
      readonly values?: readonly string[];
    }
  | { readonly type: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number }
  | { readonly type: 'map'; readonly key: Shape; readonly of: Shape; readonly min?: number; readonly max?: number }
  | StructureShape;

/** A structure: its members, and those that must be there. */
export interface StructureShape {
  readonly type: 'structure';
  readonly members: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

interface Faults {
  readonly types: string[];
  readonly unknown: string[];
  readonly constraints: string[];
}

/** The first fault of a request by its shape, or undefined when it fits. Nulls count as absent: see `withoutNulls`. */
export function shapeProblem(shape: StructureShape, request: unknown): Refusal | undefined {
  const faults: Faults = { types: [], unknown: [], constraints: [] };
  if (!isObject(request)) return wrongType(`The request must be an object, and it is ${typeName(request)}.`);
  visitMembers(shape, request, [], faults);
  if (faults.types[0] !== undefined) return wrongType(faults.types[0]);
  if (faults.unknown[0] !== undefined) return validation('parameters.unknown-parameter', faults.unknown[0]);
  return faults.constraints.length > 0 ? constraintsBroken(faults.constraints) : undefined;
}

/** The answer for constraints that were broken, in the form of AWS's generic text. */
export function constraintsBroken(constraints: readonly string[]): Refusal {
  const count = constraints.length;
  const head = `${count} validation error${count === 1 ? '' : 's'} detected: `;
  return validation('parameters.shape-constraint', head + constraints.join('; '));
}

/** One broken constraint. `path` is in AWS's camel case, such as `scalingConfig.maximumConcurrency`. */
export function brokenConstraint(value: unknown, path: string, must: string): string {
  return `Value ${display(value)} at '${path}' failed to satisfy constraint: Member must ${must}`;
}

/** A copy without members that are null, at any depth: on the wire null and absent are the same. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutNulls(member)]));
}

/** `BatchSize` as AWS's messages name it: `batchSize`. */
export function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function visit(shape: Shape, value: unknown, path: readonly string[], faults: Faults): void {
  if (!hasType(shape, value)) {
    faults.types.push(`${path.join('.')} must be ${expected(shape)}, and it is ${typeName(value)}.`);
    return;
  }
  for (const must of constraintsOf(shape, value))
    faults.constraints.push(brokenConstraint(value, wirePath(path), must));
  if (Array.isArray(value) && shape.type === 'list') {
    for (const [index, item] of value.entries()) visit(shape.of, item, [...path, String(index + 1), 'member'], faults);
  }
  if (isObject(value) && shape.type === 'map') visitEntries(shape.key, shape.of, value, path, faults);
  if (isObject(value) && shape.type === 'structure') visitMembers(shape, value, path, faults);
}

function visitEntries(key: Shape, of: Shape, value: JsonObject, path: readonly string[], faults: Faults): void {
  for (const [name, item] of Object.entries(value)) {
    for (const must of constraintsOf(key, name)) faults.constraints.push(brokenConstraint(name, wirePath(path), must));
    visit(of, item, [...path, name, 'member'], faults);
  }
}

function visitMembers(shape: StructureShape, value: JsonObject, path: readonly string[], faults: Faults): void {
  for (const [name, member] of Object.entries(value)) {
    const memberShape = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (memberShape !== undefined) visit(memberShape, member, [...path, name], faults);
    else faults.unknown.push(unknownMember(shape, name, path));
  }
  for (const name of shape.required ?? []) {
    if (value[name] === undefined) {
      faults.constraints.push(brokenConstraint(null, wirePath([...path, name]), 'not be null'));
    }
  }
}

function unknownMember(shape: StructureShape, name: string, path: readonly string[]): string {
  const where = path.length === 0 ? 'input' : path.join('.');
  return `Unknown parameter in ${where}: "${name}", must be one of: ${Object.keys(shape.members).join(', ')}`;
}

function constraintsOf(shape: Shape, value: unknown): string[] {
  if (shape.type === 'integer') return boundsBroken('value', Number(value), shape);
  if (shape.type === 'string') return textConstraints(shape, String(value));
  if (shape.type === 'list') return boundsBroken('length', Array.isArray(value) ? value.length : 0, shape);
  if (shape.type === 'map') return boundsBroken('length', Object.keys(value ?? {}).length, shape);
  return [];
}

function textConstraints(shape: Extract<Shape, { type: 'string' }>, text: string): string[] {
  if (shape.values !== undefined) {
    return shape.values.includes(text) ? [] : [`satisfy enum value set: [${shape.values.join(', ')}]`];
  }
  const broken = boundsBroken('length', text.length, shape);
  if (shape.pattern !== undefined && !matches(shape.pattern, text)) {
    broken.push(`satisfy regular expression pattern: ${shape.pattern}`);
  }
  return broken;
}

function boundsBroken(
  what: 'value' | 'length',
  actual: number,
  bounds: { readonly min?: number; readonly max?: number },
): string[] {
  const broken: string[] = [];
  if (bounds.max !== undefined && actual > bounds.max) broken.push(`have ${what} less than or equal to ${bounds.max}`);
  if (bounds.min !== undefined && actual < bounds.min) {
    broken.push(`have ${what} greater than or equal to ${bounds.min}`);
  }
  return broken;
}

const compiled = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'timestamp':
      return timestampSeconds(value) !== undefined;
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'structure':
      return isObject(value);
  }
}

/** Unix seconds of a timestamp: a number, its digits as text, or an ISO 8601 text. Undefined when it is none. */
export function timestampSeconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

const expectations: Readonly<Record<Shape['type'], string>> = {
  integer: 'an integer',
  boolean: 'true or false',
  string: 'a string',
  timestamp: 'a time in Unix seconds or ISO 8601',
  list: 'a list',
  map: 'an object',
  structure: 'an object',
};

function expected(shape: Shape): string {
  return expectations[shape.type];
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  return typeof value === 'boolean' ? String(value) : 'an object';
}

function wrongType(message: string): Refusal {
  return { rule: 'parameters.wrong-type', status: 400, code: 'SerializationException', message, type: 'User' };
}

function wirePath(path: readonly string[]): string {
  return path.map(camelCase).join('.');
}

function display(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `'[${value.map(plain).join(', ')}]'`;
  return `'${plain(value)}'`;
}

function plain(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
