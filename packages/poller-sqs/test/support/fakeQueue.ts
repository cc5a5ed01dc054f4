/** A queue that answers when the test says so, and a slot over it whose poller only remembers. */

import { type NotDeleted, type QueueClient, queueSource, type Received } from '@millrace/poller-sqs';
import type { PollerEvents, PollerOpening, PollerSource } from '@millrace/runtime';
import type { PollerFact, ReceivedMessage } from '@millrace/semantics';
import { HandClock, settle } from './handClock.ts';

type Request = Parameters<QueueClient['receive']>[0];

export interface Asked {
  readonly request: Request;
  readonly atMs: number;
  answer(...bodies: string[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

export class FakeQueue implements QueueClient {
  readonly deletesAtOnce: number = 10;
  readonly endsCleanly: boolean;
  readonly asked: Asked[] = [];
  readonly deletes: { readonly handles: readonly string[]; answer(kept?: readonly NotDeleted[] | Error): void }[] = [];
  readonly givenBack: string[] = [];
  readonly clock: HandClock;
  visibilityTimeoutMs = 30_000;
  /** Whether a receive that is ended says so, as a good client does. */
  hearsAbort = true;

  constructor(clock: HandClock, endsCleanly: boolean) {
    this.clock = clock;
    this.endsCleanly = endsCleanly;
  }

  get latest(): Asked {
    const asked = this.asked.at(-1);
    if (!asked) throw new Error('nothing was asked');
    return asked;
  }

  async facts() {
    return { fifo: false, visibilityTimeoutMs: this.visibilityTimeoutMs, retentionMs: 345_600_000 };
  }

  receive(request: Request): Promise<Received> {
    return new Promise((resolve, reject) => {
      const nothing = { messages: [] };
      if (this.hearsAbort) request.signal.addEventListener('abort', () => resolve(nothing));
      this.asked.push({
        request,
        atMs: this.clock.now(),
        answer: (...bodies) => {
          resolve({ messages: bodies.map((body) => this.message(body)) });
          return settle();
        },
        fail: (error) => {
          reject(error);
          return settle();
        },
      });
    });
  }

  message(body: string): ReceivedMessage {
    const now = this.clock.now();
    return {
      messageId: `id-${body}`,
      receiptHandle: body,
      sent: { body },
      sentAtMs: now,
      receiveCount: 1,
      firstReceivedAtMs: now,
      visibleAtMs: now + this.visibilityTimeoutMs,
    };
  }

  delete(handles: readonly string[]): Promise<readonly NotDeleted[]> {
    return new Promise((resolve, reject) => {
      this.deletes.push({
        handles,
        answer: (kept = []) => (kept instanceof Error ? reject(kept) : resolve(kept)),
      });
    });
  }

  async giveBack(handles: readonly string[]): Promise<void> {
    this.givenBack.push(...handles);
  }
}

export interface SlotStory {
  readonly clock: HandClock;
  readonly queue: FakeQueue;
  readonly slot: PollerSource;
  /** What the poller was told: facts as `fetched 1: a b`, and `waits`, `troubled …`, `recovered`. */
  readonly told: string[];
  fetch(
    id: number,
    changes?: { maxRecords?: number; inMs?: number; visibilityMs?: number; afterMs?: number },
  ): Promise<void>;
  /** Another slot of the same mapping. */
  sibling(): { readonly slot: PollerSource; readonly told: string[] };
}

export async function slotStory({ endsCleanly = false } = {}): Promise<SlotStory> {
  const clock = new HandClock();
  const queue = new FakeQueue(clock, endsCleanly);
  const arn = 'arn:aws:sqs:us-east-1:123456789012:q';
  const source = await queueSource({ client: queue, arn, region: 'us-east-1', batchWindowMs: 0, clock });
  const open = () => {
    const told: string[] = [];
    return { slot: source.open('slot', opening(told)) as PollerSource, told };
  };
  const { slot, told } = open();
  return {
    clock,
    queue,
    slot,
    told,
    sibling: open,
    fetch(id, { maxRecords = 10, inMs, visibilityMs, afterMs = 0 } = {}) {
      const now = clock.now();
      const untilMs = inMs === undefined ? undefined : now + inMs;
      slot.fetch({
        do: 'fetch',
        id,
        maxRecords,
        notBefore: now + afterMs,
        everyMs: 0,
        untilMs,
        visibilityMs,
        except: undefined,
        rule: 'sqs.receives-up-to-ten',
      });
      return settle();
    },
  };
}

function opening(told: string[]): PollerOpening {
  const progress = { checkpoints: new Map(), starts: new Map(), ended: false };
  return { from: 'start', events: listening(told), progress, factor: 1, signal: new AbortController().signal };
}

function listening(told: string[]): PollerEvents {
  return {
    tell: (fact) => told.push(factText(fact)),
    waits: () => told.push('waits'),
    troubled: (problem) => told.push(`troubled: ${problem}`),
    recovered: () => told.push('recovered'),
    regrouped: () => told.push('regrouped'),
    missed: (count) => told.push(`missed ${count}`),
    deadLettered: (letters) => told.push(`dead-lettered ${letters.map(({ name }) => name).join(' ')}`),
  };
}

function factText(fact: PollerFact): string {
  if (fact.what !== 'fetched') return fact.what;
  return `fetched ${fact.id}: ${fact.records.map(({ position }) => position).join(' ')}`.trim();
}
