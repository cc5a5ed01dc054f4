/** What the two services have in common: a target names an operation, an operation has an input and a function. */
import { StreamsError } from '../errors.ts';
import type { StreamsService } from '../service.ts';
import type { Encoding } from './encoding.ts';
import type { EventStream } from './eventStream.ts';
import type { StructShape } from './shapes.ts';

/** One request, as far as an operation needs to know it. */
export interface StreamsCall {
  readonly encoding: Encoding;
  /** Says when nobody waits for the answer any more. Asked for only by what waits. */
  signal(): AbortSignal;
}

export type StreamsOutput = object | EventStream | undefined;

export interface Operation {
  readonly input: StructShape;
  /** The input has the operation's shape: it was read by it. */
  run(service: StreamsService, input: object, call: StreamsCall): Promise<StreamsOutput>;
}

export interface Api {
  /** For people. */
  readonly title: string;
  /** Of `X-Amz-Target`, up to the dot. */
  readonly target: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Its JSON; CBOR is spoken where `hasCbor`. */
  readonly json: Encoding;
  readonly hasCbor: boolean;
  /** `__type` of an error. */
  errorType(name: string): string;
}

/** @throws {StreamsError} when the target names no operation */
export function operationOf(api: Api, target: string): Operation {
  const name = target.slice(api.target.length + 1);
  if (Object.hasOwn(api.operations, name)) return api.operations[name]!;
  throw new StreamsError(
    'UnknownOperationException',
    `The X-Amz-Target ${target.slice(0, 256)} names no operation of ${api.title} that this endpoint has.`,
  );
}
