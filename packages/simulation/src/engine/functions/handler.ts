/** Calls real code as Lambda calls it: `(event, context)`, sync or async, or with a callback as third parameter. */
import { type FunctionAnswer, returnedAnswer, thrownAnswer } from '@millrace/aws-shapes';
import type { HandlerFunction } from '../../scenario/plan.ts';

/** What a handler is told about its invocation, under AWS's names. Virtual time stands still while it runs. */
export interface LambdaContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  getRemainingTimeInMillis(): number;
}

/**
 * Waits for an answer, in real time, and gives `late` when none comes. Timers are not this package's business: the
 * subpath `simulation/node` has one that waits a minute.
 */
export type Patience = <T>(answer: PromiseLike<T>, late: T) => PromiseLike<T>;

/**
 * Calls the handler now and resolves to its answer. Never rejects: what it throws is an answer too. A handler that
 * outlasts the patience has timed out; without patience it is waited for as long as it takes.
 */
export function callHandler(
  handler: HandlerFunction,
  event: unknown,
  context: LambdaContext,
  timeoutMs: number,
  patience: Patience | undefined,
): Promise<FunctionAnswer> | FunctionAnswer {
  try {
    if (handler.length >= 3) return patient(withCallback(handler, event, context), timeoutMs, patience);
    const returned = handler(event, context);
    return isThenable(returned) ? patient(returned, timeoutMs, patience) : returnedAnswer(returned);
  } catch (thrown) {
    return thrownAnswer(thrown);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function withCallback(handler: HandlerFunction, event: unknown, context: LambdaContext): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const returned = handler(event, context, (error: unknown, value: unknown) =>
      error ? reject(error) : resolve(value),
    );
    if (isThenable(returned)) returned.then(resolve, reject);
  });
}

/** Looks first whether the answer is there already, so that a quick handler costs no timer. */
async function patient(
  answer: PromiseLike<unknown>,
  timeoutMs: number,
  patience: Patience | undefined,
): Promise<FunctionAnswer> {
  const settled = answer.then(returnedAnswer, thrownAnswer);
  if (!patience) return settled;
  const quick = await Promise.race([settled, someTurns()]);
  return quick ?? patience(settled, { kind: 'timed-out', timeoutMs });
}

async function someTurns(): Promise<undefined> {
  for (let turn = 0; turn < 8; turn += 1) await undefined;
  return undefined;
}
