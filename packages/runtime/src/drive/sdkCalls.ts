/** Calls through the AWS SDK: none waits for ever, and what goes wrong is said in one sentence. */
import type { Millis } from '@millrace/semantics';
import type { Clock } from '../clock.ts';

/** A signal as the SDK takes it besides AbortSignal, for a fraction of what that costs each call. */
export class CallSignal {
  aborted = false;
  onabort: (() => void) | null = null;

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.onabort?.();
  }
}

/** Sends one request, which is ended when no answer comes in time, or when the signal says that nobody wants it. */
export type SdkCall = <T>(
  operation: string,
  send: (signal: CallSignal) => Promise<T>,
  withinMs: Millis,
  signal?: AbortSignal,
) => Promise<T>;

/** Calls that throw what `failure` makes of a sentence and its cause. */
export function sdkCalls(clock: Clock, failure: (sentence: string, cause: unknown) => Error): SdkCall {
  return async (operation, send, withinMs, signal) => {
    const own = new CallSignal();
    const end = () => own.abort();
    let isLate = false;
    const timer = clock.at(clock.now() + withinMs, () => {
      isLate = true;
      end();
    });
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    try {
      return await send(own);
    } catch (error) {
      const late = `${operation} was not answered for ${withinMs / 1000} s`;
      throw failure(isLate ? late : sdkProblem(operation, error), error);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', end);
    }
  };
}

/** What the SDK says, in one sentence. Further lines of it may quote the request, with its security token. */
export function sdkProblem(operation: string, error: unknown): string {
  const { name = 'Error', message = '', code } = error as { name?: string; message?: string; code?: string };
  const what = code === undefined ? name : `${name} (${code})`;
  const [said = ''] = message.split('\n', 1);
  return `${operation} failed: ${what}${said ? `, ${said.slice(0, 300)}` : ''}`;
}
