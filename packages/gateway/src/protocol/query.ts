/**
 * The Query protocol: operation and input as form fields, in the body or in the URL. Lists and maps are flattened into
 * numbered names (`Attribute.1.Name`), which need not be in order.
 */
import { SqsError } from '../errors.ts';
import { isOperation, type OperationName, operations } from './operations.ts';
import type { Protocol, Request } from './protocol.ts';
import type { MapShape, Shape, StructShape } from './shapes.ts';
import { errorDocument, responseDocument } from './xml.ts';

const API_VERSION = '2012-11-05';

/** More than any request that SQS accepts has: 10 entries with 10 attributes of 4 fields each are under 600. */
const MOST_FIELDS = 5000;
/** `SendMessageBatchRequestEntry.1.MessageAttribute.2.Value.StringListValue.1` has seven. */
const MOST_PARTS = 10;
const CONTENT_TYPE = 'text/xml';

/** @throws {SqsError} when it is no request of this protocol */
export function readQuery(form: string): Request {
  const fields = readFields(form);
  const operation = fields.at('Action')?.text;
  if (!operation) throw new SqsError('MissingAction', 'The request must contain the parameter Action.');
  if (!isOperation(operation)) {
    throw new SqsError('InvalidAction', `The action ${operation} is not valid for this endpoint.`);
  }
  const version = fields.at('Version')?.text ?? API_VERSION;
  if (version !== API_VERSION) {
    throw new SqsError('NoSuchVersion', `The requested version ( ${version} ) is not valid. Use ${API_VERSION}.`);
  }
  return { operation, input: readStruct(operations[operation].input, fields) };
}

export const queryProtocol: Protocol = {
  success: (operation: OperationName, output, requestId) => ({
    status: 200,
    contentType: CONTENT_TYPE,
    body: responseDocument(operation, output, requestId),
  }),
  failure: (error, requestId) => ({
    status: error.kind.status,
    contentType: CONTENT_TYPE,
    body: errorDocument(error, requestId),
  }),
};

/** A field's name is a path; this is one place on it. */
class Field {
  text: string | undefined;
  readonly #below = new Map<string, Field>();

  at(name: string): Field | undefined {
    return this.#below.get(name);
  }

  make(name: string): Field {
    let field = this.#below.get(name);
    if (!field) {
      field = new Field();
      this.#below.set(name, field);
    }
    return field;
  }

  /** What stands below as 1, 2, 3 …, in the order of the numbers. */
  numbered(): Field[] {
    return [...this.#below]
      .filter(([name]) => /^\d{1,6}$/.test(name))
      .sort(([one], [other]) => Number(one) - Number(other))
      .map(([, field]) => field);
  }
}

function readFields(form: string): Field {
  let count = 0;
  const root = new Field();
  for (let at = form.indexOf('&'); at >= 0; at = form.indexOf('&', at + 1)) {
    if (++count > MOST_FIELDS) throw new SqsError('MalformedInput', `A request has at most ${MOST_FIELDS} fields.`);
  }
  for (const [path, value] of new URLSearchParams(form)) {
    const parts = path.split('.', MOST_PARTS);
    let field = root;
    for (const part of parts) field = field.make(part);
    field.text ??= value;
  }
  return root;
}

function readStruct(shape: StructShape, fields: Field): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    // A list or map has the name of its entries here.
    const field = fields.at(typeof member === 'string' || member.kind === 'struct' ? name : member.entry);
    if (field) read[name] = readMember(name, member, field);
  }
  return read;
}

function readMember(name: string, shape: Shape, field: Field): unknown {
  if (typeof shape === 'string') return shape === 'integer' ? integer(name, field.text) : field.text;
  switch (shape.kind) {
    case 'struct':
      return readStruct(shape, field);
    case 'map':
      return readMap(name, shape, field);
    case 'list':
      return field
        .numbered()
        .map((entry) => readMember(name, shape.of, entry))
        .filter((entry) => entry !== undefined);
  }
}

function readMap(name: string, shape: MapShape, field: Field): unknown {
  const entries = field.numbered().map((entry): [string, unknown] => {
    const key = entry.at(shape.key)?.text;
    const value = entry.at('Value');
    if (key === undefined || !value) {
      throw new SqsError('MalformedInput', `Each ${shape.entry} must have a ${shape.key} and a Value.`);
    }
    return [key, readMember(name, shape.of, value) ?? ''];
  });
  return Object.fromEntries(entries);
}

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw new SqsError('MalformedInput', `Value ${text} of ${name} is not an integer.`);
  return Number(text);
}
