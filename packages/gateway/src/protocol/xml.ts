/** The XML that the Query protocol answers with. Whatever text goes in, a well-formed document comes out. */
import type { SqsError } from '../errors.ts';
import { type OperationName, operations } from './operations.ts';
import type { OperationShape, Shape, StructShape } from './shapes.ts';

const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';
const HEAD = '<?xml version="1.0"?>';

export function responseDocument(operation: OperationName, output: object | undefined, requestId: string): string {
  const { output: shape }: OperationShape = operations[operation];
  const result = shape ? element(`${operation}Result`, structXml(shape, output ?? {})) : '';
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  return `${HEAD}<${operation}Response xmlns="${NAMESPACE}">${result}${metadata}</${operation}Response>`;
}

export function errorDocument({ kind, code, message, isSenderFault }: SqsError, requestId: string): string {
  // The older protocol still has the older sentence.
  const text = code === 'QueueDoesNotExist' ? 'The specified queue does not exist for this wsdl version.' : message;
  const type = element('Type', isSenderFault ? 'Sender' : 'Receiver');
  const error = element(
    'Error',
    `${type}${element('Code', kind.code)}${element('Message', escapeText(text))}<Detail/>`,
  );
  return `${HEAD}<ErrorResponse xmlns="${NAMESPACE}">${error}${element('RequestId', requestId)}</ErrorResponse>`;
}

function structXml(shape: StructShape, value: object): string {
  let xml = '';
  for (const [name, member] of Object.entries(shape.members)) {
    const given = (value as Record<string, unknown>)[name];
    if (given !== undefined) xml += memberXml(name, member, given);
  }
  return xml;
}

function memberXml(name: string, shape: Shape, value: unknown): string {
  if (typeof shape === 'string') return element(name, escapeText(String(value)));
  switch (shape.kind) {
    case 'struct':
      return element(name, structXml(shape, value as object));
    case 'list':
      return (value as unknown[]).map((entry) => memberXml(shape.entry, shape.of, entry)).join('');
    case 'map':
      return Object.entries(value as object)
        .map(([key, entry]) =>
          element(shape.entry, `${element(shape.key, escapeText(key))}${memberXml('Value', shape.of, entry)}`),
        )
        .join('');
  }
}

function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser would turn it into a line feed.
  '\r': '&#xD;',
};

function escapeText(text: string): string {
  // What XML cannot hold at all comes from error texts that repeat a client's words, never from a message.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be replaced
  return text.replace(/[&<>"\r\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g, (found) => escapes[found] ?? '\uFFFD');
}
