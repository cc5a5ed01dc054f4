/** What the two protocols have in common: a request becomes an operation and its input, an outcome becomes an answer. */
import type { SqsError } from '../errors.ts';
import type { OperationName } from './operations.ts';

export interface Request {
  readonly operation: OperationName;
  /** Of the operation's shape; members that were not sent, or sent as null, are undefined. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** `x-amzn-query-error`: the Query protocol's name of an error, for clients that knew that one first. */
  readonly queryError?: string;
}

export interface Protocol {
  success(operation: OperationName, output: object | undefined, requestId: string): Answer;
  failure(error: SqsError, requestId: string): Answer;
}
