/** Calls through the AWS SDK: none waits for ever, and what goes wrong is said in one sentence. */
import type { Clock } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import { type ProblemKind, ShardProblem } from './client.ts';

/** A server that has not answered for so long is asked anew: it may be gone without a word. */
const LATE_MS = 20_000;

export interface CallOptions {
  readonly clock: Clock;
  /** How late an answer may be; 20 s when absent. */
  readonly lateMs?: Millis | undefined;
}

/** Sends one request. @throws {ShardProblem} when it fails, when no answer comes in time, or when it is ended */
export type Call = <T>(
  operation: string,
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

export function callsOf({ clock, lateMs = LATE_MS }: CallOptions): Call {
  return async (operation, send, signal) => {
    const own = new AbortController();
    const end = () => own.abort();
    let isLate = false;
    const timer = clock.at(clock.now() + lateMs, () => {
      isLate = true;
      end();
    });
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    try {
      return await send({ abortSignal: own.signal });
    } catch (error) {
      throw isLate ? late(operation, lateMs, error) : problem(operation, error);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', end);
    }
  };
}

function late(operation: string, lateMs: Millis, cause: unknown): ShardProblem {
  return new ShardProblem('unreachable', `${operation} was not answered for ${lateMs / 1000} s`, { cause });
}

const KINDS: Readonly<Record<string, ProblemKind>> = {
  ExpiredIteratorException: 'expired',
  TrimmedDataAccessException: 'trimmed',
  ProvisionedThroughputExceededException: 'throttled',
  LimitExceededException: 'throttled',
  KMSThrottlingException: 'throttled',
  ThrottlingException: 'throttled',
  // Enhanced fan-out: a subscription that has just ended, or of another process, still counts.
  ResourceInUseException: 'throttled',
  ResourceNotFoundException: 'gone',
};

/** What the SDK says, in one sentence. Further lines of it may quote the request, with its security token. */
export function problem(operation: string, error: unknown): ShardProblem {
  if (error instanceof ShardProblem) return error;
  const { name = 'Error', message = '', code } = error as { name?: string; message?: string; code?: string };
  const what = code === undefined ? name : `${name} (${code})`;
  const [said = ''] = message.split('\n', 1);
  const sentence = `${operation} failed: ${what}${said ? `, ${said.slice(0, 300)}` : ''}`;
  return new ShardProblem(KINDS[name] ?? 'unreachable', sentence, { cause: error });
}

/** The name of the SDK's error behind a problem. */
export function causeName(error: unknown): string | undefined {
  return ((error as Error).cause as { name?: string } | undefined)?.name;
}
