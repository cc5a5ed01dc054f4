/** Cases of more than one queue: how they are made, found and removed, and how messages go from one to another. */
import assert from 'node:assert/strict';
import { NoSuchQueue } from '../ports/queue.ts';
import {
  arnOf,
  definitionOf,
  made,
  type QueueCase,
  sendBodies,
  take,
  takeOne,
  withDeadLetters,
} from './queueSubject.ts';

export const definitionCases: readonly QueueCase[] = [
  {
    name: 'a definition survives as it was given, and of two creates at once one makes the queue',
    async run({ queues }) {
      const definition = definitionOf('q', { carried: { KmsMasterKeyId: 'k' }, tags: { team: 'a b' }, delayMs: 3 });
      const both = await Promise.all([queues.create(definition), queues.create({ ...definition, delayMs: 4 })]);
      assert.deepEqual(both.map(({ created }) => created).sort(), [false, true]);
      const delayMs = both[0].created ? 3 : 4;
      for (const each of both) assert.deepEqual(each.definition, { ...definition, delayMs });
      assert.deepEqual(await queues.find('q'), { ...definition, delayMs });
      assert.deepEqual(await queues.open('q').definition(), { ...definition, delayMs });
      assert.equal(await queues.find('r'), undefined);
    },
  },
  {
    name: 'names are listed by prefix, sorted',
    async run(subject) {
      for (const name of ['b2', 'a', 'b-1', 'b1.fifo']) await made(subject, name);
      assert.deepEqual(await subject.queues.list('b'), ['b-1', 'b1.fifo', 'b2']);
      await subject.queues.remove('b2');
      assert.deepEqual(await subject.queues.list(''), ['a', 'b-1', 'b1.fifo']);
    },
  },
  {
    name: 'a change counts from then on, and null takes the redrive policy away',
    async run(subject) {
      const { main } = await withDeadLetters(subject, 1);
      await subject.queues.change('main', { visibilityTimeoutMs: 1000, tags: { a: 'b' } });
      await sendBodies(main, ['x']);
      assert.equal((await takeOne(main)).visibleAtMs, subject.now() + 1000);
      const changed = await subject.queues.change('main', { redrive: null });
      assert.equal(changed !== undefined && 'redrive' in changed, false);
      assert.deepEqual(changed?.tags, { a: 'b' });
      await subject.advance(1000);
      assert.deepEqual(await take(main), ['x']);
      assert.equal(await subject.queues.change('nobody', {}), undefined);
    },
  },
  {
    name: 'a queue that is removed is gone with everything in it, and one of the same name begins anew',
    async run(subject) {
      const queue = await made(subject, 'q');
      await sendBodies(queue, ['a', 'b']);
      const { receiptHandle } = await takeOne(queue);
      assert.equal(await subject.queues.remove('q'), true);
      assert.equal(await subject.queues.remove('q'), false);
      await assert.rejects(queue.send([{ body: 'x' }]), NoSuchQueue);
      await assert.rejects(subject.queues.open('never').counts(), { code: 'NO_SUCH_QUEUE' });
      await made(subject, 'q');
      assert.deepEqual(await take(queue), []);
      await sendBodies(queue, ['c', 'd']);
      assert.deepEqual(await take(queue), ['c', 'd']);
      const [fate] = await queue.delete([receiptHandle]);
      assert.equal(fate?.kind, 'ignored');
      assert.equal((await queue.counts()).inFlight, 2);
    },
  },
];

export const betweenCases: readonly QueueCase[] = [
  {
    name: 'what was received too often goes to the dead-letter queue with its id, its time and its receives',
    async run(subject) {
      const { main, dead } = await withDeadLetters(subject, 2);
      await sendBodies(main, ['x', 'y'], { attributes: { n: { dataType: 'Number', stringValue: '1' } } });
      const sentAtMs = subject.now();
      const { messageId } = await takeOne(main, 10);
      await subject.advance(10);
      await main.receive({ max: 10, visibilityMs: 10 });
      await subject.advance(10);
      const receipt = await main.receive({ max: 10 });
      assert.deepEqual(
        receipt.deadLettered.map(({ message, rule }) => [message.messageId, message.receiveCount, rule]),
        [[messageId, 2, 'sqs.dead-lettered-after-max-receives']],
      );
      assert.deepEqual(
        receipt.messages.map(({ sent }) => sent.body),
        ['y'],
      );
      const letter = await takeOne(dead);
      assert.deepEqual(
        [letter.messageId, letter.sentAtMs, letter.firstReceivedAtMs, letter.receiveCount, letter.deadLetterSourceArn],
        [messageId, sentAtMs, sentAtMs, 3, arnOf('main')],
      );
      assert.equal(letter.sent.attributes?.n?.stringValue, '1');
    },
  },
  {
    name: 'a standard dead letter keeps its age, a FIFO one begins anew and has its message id for deduplication',
    async run(subject) {
      for (const suffix of ['', '.fifo']) {
        const { main, dead } = await withDeadLetters(subject, 1, suffix);
        const fifo = suffix ? { groupId: 'g', dedupId: 'd' } : {};
        const sentAtMs = subject.now();
        await main.send([{ body: 'x', ...fifo }]);
        const { messageId } = await takeOne(main, 10);
        await subject.advance(10);
        await main.receive({ max: 1 });
        const [letter] = await dead.peek(1);
        assert.equal(letter?.enqueuedAtMs, suffix ? subject.now() : sentAtMs);
        assert.equal(letter?.sent.dedupId, suffix ? messageId : undefined);
      }
    },
  },
  {
    name: 'without its dead-letter queue a message stays and is received again',
    async run(subject) {
      const redrive = { deadLetterTargetArn: arnOf('later'), maxReceiveCount: 1 };
      const queue = await made(subject, 'q', { redrive, visibilityTimeoutMs: 0 });
      await sendBodies(queue, ['x']);
      await takeOne(queue);
      assert.deepEqual(await take(queue), ['x']);
      await made(subject, 'later');
      assert.equal((await queue.receive({ max: 1 })).deadLettered.length, 1);
      assert.deepEqual(await take(subject.queues.open('later')), ['x']);
    },
  },
  {
    name: 'many dead letters at once all arrive, in order',
    async run(subject) {
      const { main, dead } = await withDeadLetters(subject, 1);
      const bodies = Array.from({ length: 450 }, (_, index) => `${index}`);
      await sendBodies(main, bodies);
      for (let taken = 0; taken < bodies.length; ) taken += (await take(main, 10, 10)).length;
      await sendBodies(main, ['fresh']);
      await subject.advance(10);
      const receipt = await main.receive({ max: 10 });
      assert.deepEqual(
        receipt.messages.map(({ sent }) => sent.body),
        ['fresh'],
      );
      assert.equal(receipt.deadLettered.length, bodies.length);
      const arrived = await dead.peek(1000);
      assert.deepEqual(
        arrived.map(({ sent }) => sent.body),
        bodies,
      );
    },
  },
  {
    name: 'dead letters are moved back to where they came from, or to a queue by name, as new messages',
    async run(subject) {
      const { main, dead } = await withDeadLetters(subject, 1);
      const other = await made(subject, 'other');
      await sendBodies(main, ['x', 'y']);
      const old = await main.receive({ max: 10, visibilityMs: 0 });
      await main.receive({ max: 10 });
      await subject.advance(5);
      assert.equal(await dead.moveTo(undefined, 1), 1);
      const back = await takeOne(main);
      assert.deepEqual([back.sent.body, back.receiveCount, back.sentAtMs], ['x', 1, subject.now()]);
      assert.ok(old.messages.every(({ messageId }) => messageId !== back.messageId));
      assert.equal(await dead.moveTo('other', 10), 1);
      assert.deepEqual(await take(other), ['y']);
      assert.equal(await dead.moveTo('other', 10), 0);
    },
  },
  {
    name: 'what cannot be moved stays where it is',
    async run(subject) {
      const dead = await made(subject, 'dead');
      await made(subject, 'other.fifo');
      await sendBodies(dead, ['sent here']);
      assert.equal(await dead.moveTo(undefined, 10), 0);
      assert.equal(await dead.moveTo('other.fifo', 10), 0);
      await assert.rejects(dead.moveTo('nobody', 10), NoSuchQueue);
      assert.deepEqual(await take(dead), ['sent here']);
    },
  },
];
