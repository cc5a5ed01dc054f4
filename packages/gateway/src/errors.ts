/**
 * How SQS says no. Each error has two names, the shape of the JSON protocol and the code of the older Query protocol, and
 * JSON answers carry both (`__type` and `x-amzn-query-error`).
 */

const SQS = 'com.amazonaws.sqs#';
const FRONT = 'com.amazon.coral.service#';

interface ErrorKind {
  /** `__type` of a JSON answer. */
  readonly shape: string;
  /** `Code` of an XML answer and of a failed batch entry. */
  readonly code: string;
  readonly status: number;
}

const kinds = {
  BatchEntryIdsNotDistinct: sqs('BatchEntryIdsNotDistinct'),
  BatchRequestTooLong: sqs('BatchRequestTooLong'),
  EmptyBatchRequest: sqs('EmptyBatchRequest'),
  InternalFailure: { shape: `${FRONT}InternalFailure`, code: 'InternalFailure', status: 500 },
  InvalidAction: { shape: `${FRONT}UnknownOperationException`, code: 'InvalidAction', status: 400 },
  InvalidAddress: { shape: `${SQS}InvalidAddress`, code: 'InvalidAddress', status: 404 },
  InvalidAttributeName: { shape: `${SQS}InvalidAttributeName`, code: 'InvalidAttributeName', status: 400 },
  InvalidAttributeValue: { shape: `${SQS}InvalidAttributeValue`, code: 'InvalidAttributeValue', status: 400 },
  InvalidBatchEntryId: sqs('InvalidBatchEntryId'),
  InvalidMessageContents: { shape: `${SQS}InvalidMessageContents`, code: 'InvalidMessageContents', status: 400 },
  InvalidParameterValue: {
    shape: `${FRONT}InvalidParameterValueException`,
    code: 'InvalidParameterValue',
    status: 400,
  },
  MalformedHttp: { shape: `${FRONT}SerializationException`, code: 'MalformedHttpRequest', status: 400 },
  MalformedInput: { shape: `${FRONT}SerializationException`, code: 'MalformedInput', status: 400 },
  MessageNotInflight: sqs('MessageNotInflight'),
  MethodNotAllowed: { shape: `${FRONT}UnknownOperationException`, code: 'MethodNotAllowed', status: 405 },
  MissingAction: { shape: `${FRONT}UnknownOperationException`, code: 'MissingAction', status: 400 },
  MissingParameter: { shape: `${FRONT}MissingRequiredParameterException`, code: 'MissingParameter', status: 400 },
  NoSuchVersion: { shape: `${FRONT}UnknownOperationException`, code: 'NoSuchVersion', status: 400 },
  OverLimit: { shape: `${SQS}OverLimit`, code: 'OverLimit', status: 403 },
  PurgeQueueInProgress: sqs('PurgeQueueInProgress', undefined, 403),
  QueueDoesNotExist: sqs('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'),
  QueueNameExists: { shape: `${SQS}QueueNameExists`, code: 'QueueAlreadyExists', status: 400 },
  ReceiptHandleIsInvalid: { shape: `${SQS}ReceiptHandleIsInvalid`, code: 'ReceiptHandleIsInvalid', status: 400 },
  RequestEntityTooLarge: {
    shape: `${FRONT}RequestEntityTooLargeException`,
    code: 'RequestEntityTooLarge',
    status: 413,
  },
  RequestHeadersTooLarge: { shape: `${FRONT}SerializationException`, code: 'RequestHeadersTooLarge', status: 431 },
  RequestTimeout: { shape: `${FRONT}RequestTimeoutException`, code: 'RequestTimeout', status: 408 },
  ResourceNotFoundException: {
    shape: `${SQS}ResourceNotFoundException`,
    code: 'ResourceNotFoundException',
    status: 404,
  },
  ServiceUnavailable: { shape: `${FRONT}ServiceUnavailableException`, code: 'ServiceUnavailable', status: 503 },
  TooManyEntriesInBatchRequest: sqs('TooManyEntriesInBatchRequest'),
  UnsupportedOperation: sqs('UnsupportedOperation'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorName = keyof typeof kinds;

/** An answer that is an error. Thrown by whatever finds it, turned into an answer in one place. */
export class SqsError extends Error {
  readonly kind: ErrorKind;
  readonly code: ErrorName;

  constructor(code: ErrorName, message: string) {
    super(message);
    this.name = 'SqsError';
    this.code = code;
    this.kind = kinds[code];
  }

  /** Whether the client is to blame. */
  get isSenderFault(): boolean {
    return this.kind.status < 500;
  }
}

export function noSuchQueue(): SqsError {
  return new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

export function missing(parameter: string): SqsError {
  return new SqsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
}

export function invalidValue(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}

/** AWS's usual sentence for a parameter that is not as it should be. */
export function invalidParameter(name: string, value: unknown, reason: string): SqsError {
  return invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
}

export function internalFailure(): SqsError {
  return new SqsError('InternalFailure', 'The request failed inside the gateway; its log says why. Try again.');
}

function sqs(name: string, code = `AWS.SimpleQueueService.${name}`, status = 400): ErrorKind {
  return { shape: `${SQS}${name}`, code, status };
}
