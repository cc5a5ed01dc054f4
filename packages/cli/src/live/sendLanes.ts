/**
 * Messages on their way to a queue, in batches of ten.
 *
 * 1. Messages of one message group are sent in order: each group has its lane, and a lane sends one batch at a time. A
 *    standard queue has one lane with many batches at a time.
 * 2. A batch that fails is tried again for a while. A message that may be in the queue twice because of that is counted.
 * 3. What the queue refuses, or what cannot be sent for so long, ends the whole: nothing more is begun.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '@millrace/runtime';
import type { SentMessage } from '@millrace/semantics';
import { SendFailed, type SendTarget, type Sent } from './sendTarget.ts';

const BATCH = 10;
/** The most that any SQS endpoint takes at once. */
const BATCH_BYTES = 262_144;
const FIFO_LANES = 32;
const STANDARD_BATCHES = 32;
/** Messages that wait here at most. */
const MOST_WAITING = 2000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const PATIENCE_MS = 30_000;

export interface Outgoing {
  readonly message: SentMessage;
  /** Counted from 1. */
  readonly number: number;
  readonly id: string | undefined;
}

export interface SendCounts {
  sent: number;
  /** Taken by a FIFO queue as one that it already has. */
  deduplicated: number;
  /** Sent again after the connection was lost, so that the queue may hold them twice. */
  perhapsTwice: number;
  /** Given up without an answer: the queue may hold them. */
  unknown: number;
}

interface Lane {
  readonly waiting: Outgoing[];
  flying: number;
}

export class SendLanes {
  readonly counts: SendCounts = { sent: 0, deduplicated: 0, perhapsTwice: 0, unknown: 0 };
  readonly #target: SendTarget;
  readonly #clock: Clock;
  readonly #lanes: readonly Lane[];
  readonly #batchesAtOnce: number;
  readonly #stop = new AbortController();
  #waiting = 0;
  #flying = 0;
  #changed: (() => void) | undefined;
  /** Why nothing more is sent. */
  failure: string | undefined;

  constructor(target: SendTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    // Every batch that pauses listens.
    setMaxListeners(0, this.#stop.signal);
    this.#batchesAtOnce = target.fifo ? 1 : STANDARD_BATCHES;
    this.#lanes = Array.from({ length: target.fifo ? FIFO_LANES : 1 }, () => ({ waiting: [], flying: 0 }));
  }

  get isFull(): boolean {
    return this.#waiting >= MOST_WAITING;
  }

  add(outgoing: Outgoing): void {
    const lane = this.#laneOf(outgoing.message);
    lane.waiting.push(outgoing);
    this.#waiting += 1;
    if (lane.waiting.length >= BATCH) this.#send(lane);
  }

  /** Sends what waits, full batch or not. */
  flush(): void {
    for (const lane of this.#lanes) this.#send(lane);
  }

  /** Resolves when something has been answered. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    this.flush();
    while (this.#flying > 0 || (this.#waiting > 0 && this.failure === undefined)) await this.change();
  }

  /** Begins nothing more, and tries nothing again. */
  stop(): void {
    this.#stop.abort();
    for (const lane of this.#lanes) this.#waiting -= lane.waiting.splice(0).length;
    this.#changed?.();
  }

  #laneOf({ groupId = '' }: SentMessage): Lane {
    let hash = 0;
    if (this.#lanes.length > 1) for (const letter of groupId) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) | 0;
    const lane = this.#lanes[Math.abs(hash) % this.#lanes.length];
    if (!lane) throw new RangeError('a sender has at least one lane');
    return lane;
  }

  #send(lane: Lane): void {
    while (lane.waiting.length > 0 && lane.flying < this.#batchesAtOnce && this.failure === undefined) {
      const batch = lane.waiting.splice(0, lengthOfBatch(lane.waiting));
      this.#waiting -= batch.length;
      lane.flying += 1;
      this.#flying += 1;
      void this.#carry(lane, batch);
    }
  }

  async #carry(lane: Lane, batch: readonly Outgoing[]): Promise<void> {
    try {
      await this.#insist(batch);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
    lane.flying -= 1;
    this.#flying -= 1;
    this.#send(lane);
    this.#changed?.();
  }

  async #insist(batch: readonly Outgoing[]): Promise<void> {
    const untilMs = this.#clock.now() + PATIENCE_MS;
    const lost = new Set<Outgoing>();
    let left = batch;
    for (let tries = 0; ; tries += 1) {
      const failure = await this.#try(left, lost);
      left = failure.left;
      if (left.length === 0) break;
      const now = this.#clock.now();
      if (now >= untilMs) this.#fail(`it could not be reached for ${PATIENCE_MS / 1000} s: ${failure.because}`);
      else {
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
        await this.#clock.until(now + pauseMs, this.#stop.signal);
      }
      if (!this.#stop.signal.aborted && this.failure === undefined) continue;
      this.counts.unknown += left.filter((one) => lost.has(one)).length;
      return;
    }
    if (!this.#target.fifo) this.counts.perhapsTwice += lost.size;
  }

  async #try(batch: readonly Outgoing[], lost: Set<Outgoing>) {
    try {
      const answers = await this.#target.send(batch.map(({ message }) => message));
      return this.#read(batch, answers, lost);
    } catch (error) {
      if (!(error instanceof SendFailed)) throw error;
      if (error.perhapsSent) for (const one of batch) lost.add(one);
      if (!error.passes) throw error;
      return { left: batch, because: error.message };
    }
  }

  #read(batch: readonly Outgoing[], answers: readonly Sent[], lost: ReadonlySet<Outgoing>) {
    const left: Outgoing[] = [];
    let because = '';
    for (const [index, one] of batch.entries()) {
      const answer = answers[index] ?? { kind: 'again', because: 'it was not answered' };
      if (answer.kind === 'sent') this.counts.sent += 1;
      // The first try of this very message was lost on its way back only.
      else if (answer.kind === 'deduplicated' && lost.has(one)) this.counts.sent += 1;
      else if (answer.kind === 'deduplicated') this.counts.deduplicated += 1;
      else if (answer.kind === 'refused') this.#fail(`message ${nameOf(one)} is refused: ${answer.because}`);
      else {
        left.push(one);
        because = answer.because;
      }
    }
    return { left, because };
  }

  #fail(why: string): void {
    this.failure ??= why.replace(/\.$/, '');
  }
}

function nameOf({ number, id }: Outgoing): string {
  return id === undefined ? String(number) : `${number} (${id})`;
}

function lengthOfBatch(waiting: readonly Outgoing[]): number {
  let bytes = 0;
  for (let length = 0; length < Math.min(BATCH, waiting.length); length += 1) {
    bytes += sizeOf(waiting[length]?.message);
    if (bytes > BATCH_BYTES && length > 0) return length;
  }
  return Math.min(BATCH, waiting.length);
}

function sizeOf(message: SentMessage | undefined): number {
  if (!message) return 0;
  let bytes = Buffer.byteLength(message.body);
  for (const [name, { dataType, stringValue = '', binaryValue = '' }] of Object.entries(message.attributes ?? {})) {
    bytes += Buffer.byteLength(name + dataType + stringValue) + binaryValue.length;
  }
  return bytes;
}
