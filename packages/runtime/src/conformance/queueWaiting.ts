/** Cases of receives that wait. */
import assert from 'node:assert/strict';
import type { DeadLetter } from '@millrace/semantics';
import { NoSuchQueue } from '../ports/queue.ts';
import { bodiesOf, made, type QueueCase, sendBodies, takeOne, withDeadLetters } from './queueSubject.ts';

const LONG_MS = 20_000;

export const waitingCases: readonly QueueCase[] = [
  {
    name: 'a receive waits for a message that is sent, and takes no other’s place',
    async run(subject) {
      const queue = await made(subject, 'q');
      const waiting = [1, 2, 3].map(() => queue.receive({ max: 1, waitMs: LONG_MS }));
      for (const [index, body] of ['a', 'b', 'c'].entries()) {
        await sendBodies(queue, [body]);
        assert.deepEqual(bodiesOf(await waiting[index]!), [body]);
      }
    },
  },
  {
    name: 'a receive that waits is served when a delay ends, and when a visibility timeout ends',
    async run(subject) {
      const queue = await made(subject, 'q', { visibilityTimeoutMs: 5000 });
      await sendBodies(queue, ['hidden']);
      await takeOne(queue);
      await sendBodies(queue, ['delayed'], { delayMs: 7000 });
      const first = queue.receive({ max: 10, waitMs: LONG_MS });
      const second = queue.receive({ max: 10, waitMs: LONG_MS });
      await subject.advance(5000);
      assert.deepEqual(bodiesOf(await first), ['hidden']);
      await subject.advance(2000);
      assert.deepEqual(bodiesOf(await second), ['delayed']);
    },
  },
  {
    name: 'a receive that waits is served when a visibility is set to nothing, or earlier than it was',
    async run(subject) {
      const queue = await made(subject, 'q');
      await sendBodies(queue, ['a']);
      const first = await takeOne(queue);
      const second = queue.receive({ max: 1, waitMs: LONG_MS });
      await queue.changeVisibility([{ receiptHandle: first.receiptHandle, visibilityMs: 0 }]);
      const [taken] = (await second).messages;
      assert.equal(taken?.receiveCount, 2);
      const third = queue.receive({ max: 1, waitMs: LONG_MS });
      await queue.changeVisibility([{ receiptHandle: taken?.receiptHandle ?? '', visibilityMs: 2000 }]);
      await subject.advance(2000);
      assert.deepEqual(bodiesOf(await third), ['a']);
    },
  },
  {
    name: 'a receive that waits is served when a FIFO group is freed, and when the in-flight limit is left',
    async run(subject) {
      const fifo = await made(subject, 'q.fifo');
      await fifo.send(['1', '2'].map((body) => ({ body, groupId: 'g', dedupId: body })));
      const head = await takeOne(fifo);
      const next = fifo.receive({ max: 1, waitMs: LONG_MS });
      await fifo.delete([head.receiptHandle]);
      assert.deepEqual(bodiesOf(await next), ['2']);
      const queue = await made(subject, 'q', { inFlightLimit: 1 });
      await sendBodies(queue, ['a', 'b']);
      const only = await takeOne(queue);
      const blocked = queue.receive({ max: 1, waitMs: LONG_MS });
      await queue.delete([only.receiptHandle]);
      assert.deepEqual(bodiesOf(await blocked), ['b']);
    },
  },
  {
    name: 'a receive ends with empty hands at its time, by its signal and when all is closed',
    async run(subject) {
      const queue = await made(subject, 'q');
      const timed = queue.receive({ max: 1, waitMs: 3000 });
      await subject.advance(3000);
      assert.deepEqual(await timed, { messages: [], deadLettered: [] });
      const abort = new AbortController();
      const aborted = queue.receive({ max: 1, waitMs: LONG_MS, signal: abort.signal });
      abort.abort();
      assert.deepEqual(bodiesOf(await aborted), []);
      const closed = queue.receive({ max: 1, waitMs: LONG_MS });
      await subject.queues.close();
      assert.deepEqual(bodiesOf(await closed), []);
    },
  },
  {
    name: 'a receive that was ended hides no message and counts for none',
    async run(subject) {
      const queue = await made(subject, 'q');
      for (let round = 0; round < 20; round++) {
        const abort = new AbortController();
        const ended = queue.receive({ max: 1, waitMs: LONG_MS, signal: abort.signal });
        const sending = round === 0 ? sendBodies(queue, ['a', 'b']) : Promise.resolve();
        if (round % 2 === 0) await sending;
        abort.abort();
        const receipt = await ended;
        await sending;
        // It may have been answered before it was ended; then the message is given back in the usual way.
        if (receipt.messages.length > 0) return;
      }
      const back = await queue.receive({ max: 1, waitMs: LONG_MS });
      assert.deepEqual(
        back.messages.map(({ sent, receiveCount }) => [sent.body, receiveCount]),
        [['a', 1]],
      );
    },
  },
  {
    name: 'a receive that waits on a queue that is removed is told so',
    async run(subject) {
      const queue = await made(subject, 'q');
      const waiting = assert.rejects(queue.receive({ max: 1, waitMs: LONG_MS }), NoSuchQueue);
      assert.equal(await subject.queues.remove('q'), true);
      await waiting;
    },
  },
  {
    name: 'a receive that waits tells of dead letters at once, and goes on waiting',
    async run(subject) {
      const { main } = await withDeadLetters(subject, 1);
      await sendBodies(main, ['x']);
      const { messageId } = await takeOne(main, 0);
      const over = new AbortController();
      const told: string[] = [];
      const onDeadLetters = (letters: readonly DeadLetter[]) => {
        for (const { message } of letters) told.push(message.messageId);
        over.abort();
      };
      const receipt = await main.receive({ max: 1, waitMs: LONG_MS, signal: over.signal, onDeadLetters });
      assert.deepEqual(told, [messageId]);
      assert.deepEqual(receipt, { messages: [], deadLettered: [] });
    },
  },
  {
    name: 'a receive that waits on a dead-letter queue is served by a dead letter',
    async run(subject) {
      const { main, dead } = await withDeadLetters(subject, 1);
      await sendBodies(main, ['x']);
      const { messageId } = await takeOne(main, 0);
      const waiting = dead.receive({ max: 1, waitMs: LONG_MS });
      assert.equal((await main.receive({ max: 1 })).deadLettered.length, 1);
      assert.deepEqual(
        (await waiting).messages.map((message) => message.messageId),
        [messageId],
      );
    },
  },
];
