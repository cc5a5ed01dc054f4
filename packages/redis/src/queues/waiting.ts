/**
 * The receives of one process that wait for messages of one queue.
 *
 * 1. In order: whoever came first looks first.
 * 2. A queue in which a look found the last message or none is *dry*: nobody looks again before a wake-up says that there
 *    is something, the time comes at which something becomes visible, or the heartbeat beats.
 * 3. How many looks are on their way at once is a window: one after the queue was dry, one more with each look that found
 *    the queue not empty. So a thousand that wait do not all run for one message, and a full queue is soon read by all.
 *    On a standard queue one look serves several receives that want the same: a script costs much, one more message little.
 * 4. What was taken for a receive that was ended meanwhile is put back as it was, before the receive is answered; should
 *    Redis not answer soon, the receive is answered without it.
 */
import { type Clock, NoSuchQueue, type Receipt, type ReceiveAsk, type Timer } from '@millrace/runtime';
import { type DeadLetter, MAX_RECEIVE } from '@millrace/semantics';
import type { Received } from './codec.ts';
import type { Taken } from './receiving.ts';

/** A wake-up may be lost with its connection; so long, at most, does that cost. */
const HEARTBEAT_MS = 10_000;
const WIDEST_WINDOW = 256;
/** So many messages, at most, one look takes for several receives: few enough that Redis looks while others are handled here. */
const LOOK_MESSAGES = 50;
/** So long a receive that was ended waits until what was taken for it is back. */
const PUT_BACK_MS = 1000;

export interface WaitingTools {
  readonly clock: Clock;
  take(ask: Pick<ReceiveAsk, 'visibilityMs'>, max: number): Promise<Taken>;
  undo(received: readonly Received[]): Promise<void>;
  /** Asks to be woken from now on. */
  listen(woken: (inMs: number) => void): void;
}

interface Waiter {
  readonly ask: ReceiveAsk;
  readonly max: number;
  readonly deadLettered: DeadLetter[];
  state: 'waits' | 'looks' | 'over';
  /** Its time is up, but a look is on its way. */
  isLast: boolean;
  /** Its caller wants nothing any more, but a look is on its way. */
  isEnded: boolean;
  settle(receipt: Receipt): void;
  fail(reason: unknown): void;
}

export class WaitingReceives {
  readonly #tools: WaitingTools;
  readonly #waiting = new Set<Waiter>();
  #listens = false;
  #looking = 0;
  #window = 1;
  #dry = false;
  #wakes = 0;
  /** Not before it is known that the order of a FIFO group does not forbid it. */
  #mayShare = false;
  #isLookDue = false;
  /** By receives that began since the last look. */
  #wanted = 0;
  #alarm: { readonly atMs: number; readonly timer: Timer } | undefined;

  constructor(tools: WaitingTools) {
    this.#tools = tools;
  }

  receive(ask: ReceiveAsk, waitMs: number): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const waiter = this.#waiter(ask, waitMs, resolve, reject);
      this.#waiting.add(waiter);
      if (!this.#listens) {
        this.#listens = true;
        this.#tools.listen((inMs) => this.#woken(inMs));
      }
      this.#wanted += waiter.max;
      if (this.#wanted >= LOOK_MESSAGES) this.#look();
      else this.#lookSoon();
    });
  }

  /** Ends all waiting with empty hands. */
  end(): void {
    for (const waiter of this.#waiting) waiter.settle({ messages: [], deadLettered: waiter.deadLettered });
  }

  #waiter(ask: ReceiveAsk, waitMs: number, resolve: (receipt: Receipt) => void, reject: (reason: unknown) => void) {
    const { clock } = this.#tools;
    const leave = () => {
      waiter.state = 'over';
      timeout.cancel();
      ask.signal?.removeEventListener('abort', end);
      this.#waiting.delete(waiter);
      if (this.#waiting.size === 0) this.#rest();
    };
    const giveUp = () => waiter.settle({ messages: [], deadLettered: waiter.deadLettered });
    const end = () => {
      if (waiter.state !== 'looks') return giveUp();
      waiter.isEnded = true;
      timeout.cancel();
      timeout = clock.at(clock.now() + PUT_BACK_MS, giveUp);
    };
    let timeout = clock.at(clock.now() + waitMs, () => {
      if (waiter.state === 'looks') waiter.isLast = true;
      else giveUp();
    });
    const waiter: Waiter = {
      ask,
      max: Math.min(ask.max, MAX_RECEIVE),
      deadLettered: [],
      state: 'waits',
      isLast: false,
      isEnded: false,
      settle: (receipt) => {
        if (waiter.state === 'over') return;
        leave();
        resolve(receipt);
      },
      fail: (reason) => {
        leave();
        reject(reason);
      },
    };
    ask.signal?.addEventListener('abort', end, { once: true });
    return waiter;
  }

  /** Nobody waits: what was known of the queue will be out of date when somebody does. */
  #rest(): void {
    this.#dry = false;
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
  }

  #woken(inMs: number): void {
    // A time that is no earlier than the alarm's is no news; an earlier one is best learnt by a look.
    if (inMs > 0 && this.#alarm && this.#alarm.atMs <= this.#tools.clock.now() + inMs) return;
    this.#wakes++;
    this.#dry = false;
    this.#lookSoon();
  }

  /** Receives that begin in one turn of the event loop look together, unless they fill a look. */
  #lookSoon(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    setImmediate(() => {
      this.#isLookDue = false;
      this.#look();
    });
  }

  #look(): void {
    this.#wanted = 0;
    let group: Waiter[] = [];
    let wanted = 0;
    for (const waiter of this.#waiting) {
      if (this.#dry || this.#looking >= this.#window) return;
      if (waiter.state !== 'waits') continue;
      const isAlike = this.#mayShare && waiter.ask.visibilityMs === group[0]?.ask.visibilityMs;
      if (group.length > 0 && (!isAlike || wanted + waiter.max > LOOK_MESSAGES)) {
        void this.#lookFor(group, wanted);
        group = [];
        wanted = 0;
        if (this.#looking >= this.#window) return;
      }
      group.push(waiter);
      wanted += waiter.max;
    }
    if (group.length > 0) void this.#lookFor(group, wanted);
  }

  async #lookFor(group: readonly Waiter[], wanted: number): Promise<void> {
    const [wakes, sinceMs] = [this.#wakes, this.#tools.clock.now()];
    for (const waiter of group) waiter.state = 'looks';
    this.#looking++;
    let taken: Taken | undefined;
    try {
      taken = await this.#tools.take(group[0]!.ask, wanted);
    } catch (error) {
      this.#failed(group, error);
    }
    this.#looking--;
    if (taken) {
      this.#mayShare = !taken.fifo;
      this.#learn(taken, wakes, sinceMs);
      await this.#hand(group, taken);
    }
    this.#lookSoon();
  }

  #learn({ again, nowMs }: Taken, wakesBefore: number, sinceMs: number): void {
    if (again === 'now') {
      this.#window = Math.min(this.#window + 1, WIDEST_WINDOW);
      return;
    }
    // Whatever woke us since may have come after the look.
    if (this.#wakes !== wakesBefore) return;
    this.#dry = true;
    this.#window = 1;
    // Counted from before the look: an alarm that is early looks once more, one that is late is too late.
    this.#setAlarm(again === 'never' ? HEARTBEAT_MS : again - nowMs, sinceMs);
  }

  async #hand(group: readonly Waiter[], { received, deadLettered }: Taken): Promise<void> {
    if (deadLettered.length > 0) tell(group[0]!, deadLettered);
    const ended = group.filter((waiter) => waiter.state === 'over' || waiter.isEnded);
    let next = 0;
    for (const waiter of group) {
      if (waiter.state === 'over' || waiter.isEnded) continue;
      const own = received.slice(next, next + waiter.max);
      next += own.length;
      waiter.state = 'waits';
      if (own.length === 0 && !waiter.isLast) continue;
      waiter.settle({ messages: own.map(({ message }) => message), deadLettered: waiter.deadLettered });
    }
    // Should the connection fail now, the messages come back by their visibility timeout.
    if (next < received.length) await this.#tools.undo(received.slice(next)).catch(() => {});
    for (const waiter of ended) waiter.settle({ messages: [], deadLettered: waiter.deadLettered });
  }

  #failed(group: readonly Waiter[], error: unknown): void {
    const all = error instanceof NoSuchQueue ? [...this.#waiting] : group;
    for (const each of all) {
      if (each.isEnded) each.settle({ messages: [], deadLettered: each.deadLettered });
      else if (each.state !== 'over') each.fail(error);
    }
  }

  /** Keeps the earlier of two alarms. */
  #setAlarm(inMs: number, sinceMs: number): void {
    const { clock } = this.#tools;
    const atMs = sinceMs + Math.min(inMs, HEARTBEAT_MS);
    if (this.#waiting.size === 0 || (this.#alarm && this.#alarm.atMs <= atMs)) return;
    this.#alarm?.timer.cancel();
    const timer = clock.at(atMs, () => {
      this.#alarm = undefined;
      this.#woken(0);
    });
    this.#alarm = { atMs, timer };
  }
}

function tell({ ask, deadLettered }: Waiter, letters: readonly DeadLetter[]): void {
  if (ask.onDeadLetters) ask.onDeadLetters(letters);
  else for (const letter of letters) deadLettered.push(letter);
}
