/** How Kinesis and DynamoDB Streams say no: a name, a sentence, and the status of the answer. */
import type { SqsError } from '../errors.ts';

const statuses = {
  DryRunOperationException: 400,
  ExpiredIteratorException: 400,
  ExpiredNextTokenException: 400,
  InternalFailure: 500,
  InvalidArgumentException: 400,
  LimitExceededException: 400,
  ProvisionedThroughputExceededException: 400,
  RequestEntityTooLargeException: 413,
  RequestTimeoutException: 408,
  ResourceInUseException: 400,
  ResourceNotFoundException: 400,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  TrimmedDataAccessException: 400,
  UnknownOperationException: 400,
  ValidationException: 400,
} as const;

export type StreamsErrorName = keyof typeof statuses;

/** An answer that is an error. Thrown by whatever finds it, turned into an answer in one place. */
export class StreamsError extends Error {
  readonly code: StreamsErrorName;
  readonly status: number;

  constructor(code: StreamsErrorName, message: string, status: number = statuses[code]) {
    super(message);
    this.name = 'StreamsError';
    this.code = code;
    this.status = status;
  }
}

export function notFound(message: string): StreamsError {
  return new StreamsError('ResourceNotFoundException', message);
}

export function invalidArgument(message: string): StreamsError {
  return new StreamsError('InvalidArgumentException', message);
}

export function inUse(message: string): StreamsError {
  return new StreamsError('ResourceInUseException', message);
}

export function malformed(message: string): StreamsError {
  return new StreamsError('SerializationException', message);
}

export function failedInside(): StreamsError {
  return new StreamsError('InternalFailure', 'The request failed inside the gateway; its log says why. Try again.');
}

/** What the HTTP side of the gateway found wrong, in the words of these services. */
export function fromHttp({ kind, message }: SqsError): StreamsError {
  const name = kind.shape.slice(kind.shape.indexOf('#') + 1);
  return new StreamsError(isErrorName(name) ? name : 'SerializationException', message, kind.status);
}

function isErrorName(name: string): name is StreamsErrorName {
  return Object.hasOwn(statuses, name);
}
