/** AWS JSON 1.0: the operation stands in `X-Amz-Target`, input and output are JSON. */
import { SqsError } from '../errors.ts';
import { isOperation, operations } from './operations.ts';
import type { Protocol, Request } from './protocol.ts';
import type { Shape } from './shapes.ts';

const TARGET = 'AmazonSQS.';
const CONTENT_TYPE = 'application/x-amz-json-1.0';

/** @throws {SqsError} when it is no request of this protocol */
export function readJson(target: string, body: string): Request {
  const operation = target.startsWith(TARGET) ? target.slice(TARGET.length) : '';
  if (!isOperation(operation)) {
    throw new SqsError('InvalidAction', `The X-Amz-Target ${target} names no operation of Amazon SQS.`);
  }
  const input = parse(body);
  checkMember('The request', operations[operation].input, input);
  return { operation, input: input as Request['input'] };
}

export const jsonProtocol: Protocol = {
  success: (_operation, output) => ({
    status: 200,
    contentType: CONTENT_TYPE,
    body: output === undefined ? '' : JSON.stringify(output),
  }),
  failure: ({ kind, message, isSenderFault }) => ({
    status: kind.status,
    contentType: CONTENT_TYPE,
    body: JSON.stringify({ __type: kind.shape, message }),
    queryError: `${kind.code};${isSenderFault ? 'Sender' : 'Receiver'}`,
  }),
};

function parse(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw malformed('The request body is not JSON.');
  }
}

/** Refuses what has another type than its shape says. What is null becomes undefined; unknown members stay unread. */
function checkMember(name: string, shape: Shape, value: unknown): void {
  switch (shape) {
    case 'text':
    case 'blob':
      if (typeof value !== 'string') throw malformed(`${name} must be a string.`);
      return;
    case 'integer':
      if (!Number.isSafeInteger(value)) throw malformed(`${name} must be an integer.`);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw malformed(`${name} must be a boolean.`);
      return;
    default:
      checkInside(name, shape, value);
  }
}

function checkInside(name: string, shape: Exclude<Shape, string>, value: unknown): void {
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw malformed(`${name} must be a list.`);
    for (const entry of value) checkMember(`An entry of ${name}`, shape.of, entry);
    return;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`${name} must be an object.`);
  const members = value as Record<string, unknown>;
  if (shape.kind === 'map') {
    for (const key of Object.keys(members)) checkMember(`An entry of ${name}`, shape.of, members[key]);
    return;
  }
  for (const member in shape.members) {
    const given = members[member];
    if (given === null) members[member] = undefined;
    else if (given !== undefined) checkMember(member, shape.members[member]!, given);
  }
}

function malformed(message: string): SqsError {
  return new SqsError('MalformedInput', message);
}
