import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeVisibility,
  countQueue,
  createQueue,
  deleteMessage,
  expireQueue,
  nextExpiryAt,
  nextVisibleAt,
  purgeQueue,
  type QueueState,
  receiveMessages,
  sendMessage,
} from '../src/index.ts';
import { NaiveQueue } from './support/naiveQueue.ts';
import { countingTools } from './support/queues.ts';

type Command =
  | { do: 'send'; group: string; delayMs: number }
  | { do: 'receive'; max: number; visibilityMs: number }
  | { do: 'delete' | 'change'; pick: number; visibilityMs: number }
  | { do: 'count' | 'expire' | 'purge' };

type Timed = Command & { afterMs: number };

/** Times are small so that ties, time-outs and expiry are frequent. */
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      group: fc.constantFrom('a', 'b', 'c'),
      delayMs: fc.constantFrom(0, 0, 0, 3),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      max: fc.integer({ min: 1, max: 10 }),
      visibilityMs: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'change' as const),
      pick: fc.nat(),
      visibilityMs: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('count' as const, 'expire' as const) }) },
);

const timed = (commands: fc.Arbitrary<Command>): fc.Arbitrary<Timed[]> =>
  fc.array(
    fc.tuple(commands, fc.integer({ min: 0, max: 4 })).map(([each, afterMs]) => ({ ...each, afterMs })),
    { maxLength: 120 },
  );

const options = fc.record({
  fifo: fc.boolean(),
  retentionMs: fc.constantFrom(20, 60, 1_000_000),
  maxReceiveCount: fc.constantFrom(1, 3, 1000),
  inFlightLimit: fc.constantFrom(5, 120_000),
});

function sutOf({
  maxReceiveCount,
  ...rest
}: {
  fifo: boolean;
  retentionMs: number;
  maxReceiveCount: number;
  inFlightLimit: number;
}) {
  return createQueue({ arn: 'arn:q', ...rest, redrive: { maxReceiveCount }, contentBasedDeduplication: true });
}

/** Runs the commands on the model alone and keeps the account of every message. */
class Account {
  sent = 0;
  readonly left = { deleted: 0, deadLettered: 0, expired: 0, purged: 0 };
  readonly handles: string[] = [];
  readonly tools = countingTools();
  nowMs = 0;
  readonly queue: QueueState;

  constructor(queue: QueueState) {
    this.queue = queue;
  }

  run(step: Timed): string[] {
    this.nowMs += step.afterMs;
    if (step.do === 'send') this.send(step.group, step.delayMs);
    if (step.do === 'receive') return this.receive(step.max, step.visibilityMs);
    if (step.do === 'delete') this.delete(step.pick);
    if (step.do === 'change') changeVisibility(this.queue, this.handle(step.pick), step.visibilityMs, this.nowMs);
    if (step.do === 'purge') this.left.purged += purgeQueue(this.queue, this.nowMs).messages.length;
    if (step.do === 'expire') this.left.expired += expireQueue(this.queue, this.nowMs).length;
    return [];
  }

  handle(pick: number): string {
    return this.handles[pick % Math.max(1, this.handles.length)] ?? 'none#1';
  }

  private send(groupId: string, delayMs: number): void {
    const sent = { body: `b${this.sent}`, ...(this.queue.options.fifo ? { groupId } : { delayMs }) };
    expect(sendMessage(this.queue, sent, this.nowMs, this.tools).kind).toBe('sent');
    this.sent++;
  }

  private receive(max: number, visibilityMs: number): string[] {
    const { messages, deadLettered } = receiveMessages(this.queue, max, this.nowMs, visibilityMs);
    this.handles.push(...messages.map((message) => message.receiptHandle));
    this.left.deadLettered += deadLettered.length;
    return messages.map((message) => message.messageId);
  }

  private delete(pick: number): void {
    if (deleteMessage(this.queue, this.handle(pick), this.nowMs).kind === 'deleted') this.left.deleted++;
  }
}

describe('a queue under random commands', () => {
  it('answers as a queue that looks through everything every time', () => {
    fc.assert(
      fc.property(options, timed(command), (given, steps) => {
        const account = new Account(sutOf(given));
        const naive = new NaiveQueue(given);
        for (const step of steps) {
          const got = account.run(step);
          const { nowMs } = account;
          const [id = '', receive] =
            step.do === 'delete' || step.do === 'change' ? account.handle(step.pick).split('#') : [];
          if (step.do === 'send') naive.send(`m${account.sent}`, step.group, given.fifo ? 0 : step.delayMs, nowMs);
          if (step.do === 'receive') expect(got).toEqual(naive.receive(step.max, step.visibilityMs, nowMs));
          if (step.do === 'delete') naive.delete(id, Number(receive), nowMs);
          if (step.do === 'change') naive.changeVisibility(id, Number(receive), step.visibilityMs, nowMs);
          const { visible, inFlight, delayed } = countQueue(account.queue, nowMs);
          expect({ visible, inFlight, delayed }).toEqual(naive.count(nowMs));
        }
        expireQueue(account.queue, account.nowMs);
        expect([...account.queue.messages.keys()].sort()).toEqual(naive.messages.map(({ id }) => id).sort());
        expect(account.left.deadLettered).toBe(naive.deadLettered.length);
      }),
      { numRuns: 400 },
    );
  });

  it('conserves messages: sent = deleted + dead-lettered + expired + purged + still there', () => {
    const withPurge = fc.oneof(
      { weight: 15, arbitrary: command },
      { weight: 1, arbitrary: fc.constant<Command>({ do: 'purge' }) },
    );
    fc.assert(
      fc.property(options, timed(withPurge), (given, steps) => {
        const account = new Account(sutOf(given));
        for (const step of steps) account.run(step);
        account.run({ do: 'expire', afterMs: 0 });
        const { visible, inFlight, delayed } = countQueue(account.queue, account.nowMs);
        const { deleted, deadLettered, expired, purged } = account.left;
        expect(deleted + deadLettered + expired + purged + visible + inFlight + delayed).toBe(account.sent);
      }),
      { numRuns: 300 },
    );
  });

  it('says when a parked poll may be woken: never later than the first receive that finds something', () => {
    fc.assert(
      fc.property(options, timed(command), (given, steps) => {
        const account = new Account(sutOf(given));
        for (const step of steps) account.run(step);
        const { queue, nowMs } = account;
        const wakeAt = nextVisibleAt(queue, nowMs);
        expect(wakeAt ?? nowMs).toBeGreaterThanOrEqual(nowMs);
        for (let at = nowMs; at < Math.min(wakeAt ?? nowMs + 30, nowMs + 30); at++) {
          expect(receiveMessages(structuredClone(queue), 10, at)).toEqual({ messages: [], deadLettered: [] });
        }
        if (wakeAt !== nowMs) return;
        const { messages, deadLettered } = receiveMessages(structuredClone(queue), 10, nowMs);
        expect(messages.length + deadLettered.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('expires exactly at nextExpiryAt', () => {
    fc.assert(
      fc.property(options, timed(command), (given, steps) => {
        const account = new Account(sutOf(given));
        for (const step of [...steps, { do: 'expire', afterMs: 0 } as const]) account.run(step);
        const at = nextExpiryAt(account.queue);
        expect(at === undefined).toBe(account.queue.messages.size === 0);
        if (at === undefined) return;
        expect(expireQueue(account.queue, at - 1)).toEqual([]);
        expect(expireQueue(account.queue, at).length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it('extra calls that only look change nothing', () => {
    fc.assert(
      fc.property(options, timed(command), (given, steps) => {
        const [quiet, watched] = [new Account(sutOf(given)), new Account(sutOf(given))];
        for (const step of steps) {
          for (let at = watched.nowMs; at <= watched.nowMs + step.afterMs; at++) {
            countQueue(watched.queue, at);
            nextVisibleAt(watched.queue, at);
          }
          expect(watched.run(step)).toEqual(quiet.run(step));
        }
        expect(watched.left).toEqual(quiet.left);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a FIFO queue under random commands', () => {
  it('never has a message in flight twice, and starts a group’s messages in the order sent', () => {
    fc.assert(
      fc.property(timed(command), (steps) => {
        const account = new Account(
          sutOf({ fifo: true, retentionMs: 1_000_000, maxReceiveCount: 1000, inFlightLimit: 100 }),
        );
        const lastNew = new Map<string, number>();
        for (const step of steps) {
          const received = account.run(step).map((id) => account.queue.messages.get(id)!);
          for (const message of received.filter((each) => each.receives === 1)) {
            const group = message.sent.groupId ?? '';
            expect(message.ordinal).toBeGreaterThan(lastNew.get(group) ?? -1);
            lastNew.set(group, message.ordinal);
          }
          expectRunsInOrder(received.map((message) => [message.sent.groupId ?? '', message.ordinal]));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** One receive: each group's messages stand together and in the order sent. */
function expectRunsInOrder(received: readonly (readonly [string, number])[]): void {
  const runs = received.map(([group]) => group).filter((group, index, all) => group !== all[index - 1]);
  expect(new Set(runs).size).toBe(runs.length);
  for (const group of runs) {
    const ordinals = received.filter(([each]) => each === group).map(([, ordinal]) => ordinal);
    expect(ordinals).toEqual([...ordinals].sort((one, other) => one - other));
  }
}
