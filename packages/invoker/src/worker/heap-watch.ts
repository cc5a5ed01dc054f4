/**
 * Holds worker threads to their memory. V8's own limit of a thread is not enough: an allocation that is far beyond it, such as
 * a list that grows without end, ends the whole process. So that limit is set far above, the heap of every thread that has
 * been working for a while is measured from outside through the inspector, which interrupts even a busy loop, and a
 * thread that holds too much after a collection of garbage is terminated.
 *
 * Only the JavaScript heap is seen. Buffers are outside of it.
 */
import { Session } from 'node:inspector';
import type { Worker } from 'node:worker_threads';

/** How far V8's own limit is above the function's: what a thread can allocate between two looks. */
export const HEADROOM_MB = 4_096;
const LOOK_EVERY_MS = 50;
/** Threads whose invocations are short are looked at once in so many looks. */
const LOOKS_PER_ROUND = 20;

/** Looks to leave out after garbage was collected, which takes long for a large heap. */
const LOOKS_OF_REST = 4;

const MEASURE = 1;
const COLLECT = 2;
const MEASURE_AGAIN = 3;
/** Put there by bootstrap/worker.mjs. The inspector's own command for it waits until the thread is idle. */
const COLLECT_GARBAGE = 'globalThis[Symbol.for("millrace.collectGarbage")]?.()';

/** One thread that is watched. */
export interface Watched {
  /** It works on something since now; false: it has ended that. */
  busy(busy: boolean): void;
  end(): void;
}

interface Entry {
  readonly worker: Worker;
  readonly limitBytes: number;
  readonly over: () => void;
  busyLooks: number | undefined;
  usedInRound: boolean;
  asked: boolean;
  rest: number;
}

export class HeapWatch {
  readonly #session: Session;
  readonly #entries = new Map<string, Entry>();
  readonly #sessionIds = new Map<string, string>();
  readonly #threadIds = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  constructor(session: Session) {
    this.#session = session;
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      this.#sessionIds.set(params.workerInfo.workerId, params.sessionId);
      this.#threadIds.set(params.sessionId, params.workerInfo.workerId);
    });
    session.on('NodeWorker.detachedFromWorker', ({ params }) => {
      this.#sessionIds.delete(this.#threadIds.get(params.sessionId) ?? '');
      this.#threadIds.delete(params.sessionId);
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => this.#heard(params.sessionId, params.message));
  }

  watch(worker: Worker, limitMb: number, over: () => void): Watched {
    const key = String(worker.threadId);
    const limitBytes = limitMb * 1_048_576;
    const entry: Entry = { worker, limitBytes, over, busyLooks: undefined, usedInRound: false, asked: false, rest: 0 };
    this.#entries.set(key, entry);
    return {
      busy: (busy) => {
        entry.busyLooks = busy ? 0 : undefined;
        entry.usedInRound = true;
        if (busy) this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
      },
      end: () => this.#entries.delete(key),
    };
  }

  #look(): void {
    this.#looks += 1;
    const round = this.#looks % LOOKS_PER_ROUND === 0;
    let used = false;
    for (const [key, entry] of this.#entries) {
      used ||= entry.usedInRound || entry.busyLooks !== undefined;
      if (entry.busyLooks !== undefined) entry.busyLooks += 1;
      if ((entry.busyLooks ?? 0) > 1 || (round && entry.usedInRound)) this.#measure(key, entry);
      if (round) entry.usedInRound = entry.busyLooks !== undefined;
    }
    if (!round || used) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #measure(key: string, entry: Entry): void {
    const sessionId = this.#sessionIds.get(key);
    if (sessionId === undefined || entry.asked || entry.rest > 0) {
      entry.rest = Math.max(0, entry.rest - 1);
      return;
    }
    entry.asked = true;
    this.#send(sessionId, MEASURE, 'Runtime.getHeapUsage');
  }

  #heard(sessionId: string, message: string): void {
    const entry = this.#entries.get(this.#threadIds.get(sessionId) ?? '');
    const { id, result } = JSON.parse(message) as { id?: number; result?: { usedSize?: number } };
    if (!entry || (id !== MEASURE && id !== MEASURE_AGAIN)) return;
    const isOver = (result?.usedSize ?? 0) > entry.limitBytes;
    if (isOver && id === MEASURE) {
      // Most of it may be garbage: V8 is in no hurry to collect below its own limit.
      this.#send(sessionId, COLLECT, 'Runtime.evaluate', { expression: COLLECT_GARBAGE, silent: true });
      entry.rest = LOOKS_OF_REST;
      this.#send(sessionId, MEASURE_AGAIN, 'Runtime.getHeapUsage');
      return;
    }
    entry.asked = false;
    if (isOver) entry.over();
  }

  #send(sessionId: string, id: number, method: string, params = {}): void {
    // A thread that has just ended is no longer attached: nothing is left to measure.
    const message = JSON.stringify({ id, method, params });
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message }, () => {});
  }
}

let shared: Promise<HeapWatch | undefined> | undefined;

/** The watch of this process; undefined where there is no inspector for threads (in a thread, for one). */
export function heapWatch(): Promise<HeapWatch | undefined> {
  shared ??= openWatch();
  return shared;
}

function openWatch(): Promise<HeapWatch | undefined> {
  return new Promise((resolve) => {
    try {
      const session = new Session();
      session.connect();
      const watch = new HeapWatch(session);
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) =>
        resolve(error ? undefined : watch),
      );
    } catch {
      resolve(undefined);
    }
  });
}
