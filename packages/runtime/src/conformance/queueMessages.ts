/** Cases of one queue: send, receive, delete, visibility, retention, groups, deduplication. */
import assert from 'node:assert/strict';
import { bodiesOf, made, type QueueCase, sendBodies, take, takeOne } from './queueSubject.ts';

const text = 'line one\nline two\t"quoted" \\ µ € 😀 {"json":[1]}\r\n';

export const messageCases: readonly QueueCase[] = [
  {
    name: 'what was sent is received as it was, byte for byte, with its attributes',
    async run(subject) {
      const queue = await made(subject, 'q');
      const attributes = {
        kind: { dataType: 'String', stringValue: 'a\nb' },
        raw: { dataType: 'Binary', binaryValue: 'AA==' },
      };
      const sent = { body: text, attributes, senderId: 'AIDA', traceHeader: 'Root=1', groupId: 'tenant' };
      await queue.send([sent, { body: '' }, { body: '\n\n' }]);
      const { messages } = await queue.receive({ max: 10 });
      assert.deepEqual(
        messages.map((message) => message.sent),
        [sent, { body: '' }, { body: '\n\n' }],
      );
      assert.equal(messages[0]?.sentAtMs, subject.now());
      assert.equal(messages[0]?.firstReceivedAtMs, subject.now());
      assert.equal(messages[0]?.visibleAtMs, subject.now() + 30_000);
    },
  },
  {
    name: 'a received message is hidden, comes back at its time, and is counted',
    async run(subject) {
      const queue = await made(subject, 'q', { visibilityTimeoutMs: 5000 });
      await sendBodies(queue, ['a']);
      const first = await takeOne(queue);
      assert.deepEqual(await take(queue), []);
      assert.deepEqual(await queue.counts(), { visible: 0, inFlight: 1, delayed: 0, activeGroups: 0 });
      await subject.advance(4999);
      assert.deepEqual(await take(queue), []);
      await subject.advance(1);
      const second = await takeOne(queue, 0);
      assert.equal(second.messageId, first.messageId);
      assert.equal(second.receiveCount, 2);
      assert.equal(second.firstReceivedAtMs, first.firstReceivedAtMs);
      assert.deepEqual(await take(queue), ['a']);
    },
  },
  {
    name: 'messages come in the order in which they became visible, ten at most',
    async run(subject) {
      const queue = await made(subject, 'q');
      await sendBodies(queue, ['late'], { delayMs: 10 });
      const bodies = Array.from({ length: 12 }, (_, index) => `${index}`);
      await sendBodies(queue, bodies);
      await subject.advance(10);
      await sendBodies(queue, ['last']);
      assert.deepEqual(await take(queue, 100), bodies.slice(0, 10));
      assert.deepEqual(await take(queue), ['10', '11', 'late', 'last']);
    },
  },
  {
    name: 'a delayed message is counted as delayed until it can be received',
    async run(subject) {
      const queue = await made(subject, 'q', { delayMs: 2000 });
      const [outcome] = await queue.send([{ body: 'a' }]);
      assert.deepEqual(outcome?.kind === 'sent' && [outcome.visibleAtMs, outcome.rule], [
        subject.now() + 2000,
        'sqs.delayed-before-first-receive',
      ]);
      await sendBodies(queue, ['b'], { delayMs: 0 });
      assert.deepEqual(await queue.counts(), { visible: 1, inFlight: 0, delayed: 1, activeGroups: 0 });
      assert.deepEqual(await take(queue), ['b']);
      await subject.advance(2000);
      assert.deepEqual(await take(queue), ['a']);
    },
  },
  {
    name: 'only the latest handle deletes; on a standard queue it does so after its time too',
    async run(subject) {
      const queue = await made(subject, 'q', { visibilityTimeoutMs: 1000 });
      await sendBodies(queue, ['a', 'b']);
      const old = await takeOne(queue);
      await subject.advance(1000);
      const { messages } = await queue.receive({ max: 10 });
      const latest = messages.find(({ messageId }) => messageId === old.messageId);
      await subject.advance(1000);
      const deleted = await queue.delete([
        old.receiptHandle,
        latest?.receiptHandle ?? '',
        latest?.receiptHandle ?? '',
        'no#1',
        'nonsense',
      ]);
      assert.deepEqual(deleted, [
        { kind: 'ignored', because: 'received-again', rule: 'sqs.stale-handle-deletes-nothing' },
        { kind: 'deleted', messageId: old.messageId },
        { kind: 'ignored', because: 'gone' },
        { kind: 'ignored', because: 'gone' },
        { kind: 'ignored', because: 'gone' },
      ]);
      assert.equal((await queue.counts()).visible, 1);
    },
  },
  {
    name: 'the visibility of a message in flight can be changed, for 12 hours from its receive',
    async run(subject) {
      const queue = await made(subject, 'q', { visibilityTimeoutMs: 1000 });
      await sendBodies(queue, ['a']);
      const { receiptHandle } = await takeOne(queue);
      const change = (visibilityMs: number) => queue.changeVisibility([{ receiptHandle, visibilityMs }]);
      assert.deepEqual(await change(5000), [{ kind: 'changed', visibleAtMs: subject.now() + 5000 }]);
      await subject.advance(1000);
      assert.deepEqual(await take(queue), []);
      assert.deepEqual(await change(43_200_000), [{ kind: 'refused', because: 'beyond-limit' }]);
      assert.deepEqual(await change(0), [{ kind: 'changed', visibleAtMs: subject.now() }]);
      assert.deepEqual(await change(10), [{ kind: 'refused', because: 'not-in-flight' }]);
      await queue.delete([(await takeOne(queue)).receiptHandle]);
      assert.deepEqual(await change(10), [{ kind: 'refused', because: 'gone' }]);
    },
  },
  {
    name: 'what is older than the retention is gone, also while it is in flight',
    async run(subject) {
      const queue = await made(subject, 'q', { retentionMs: 60_000, visibilityTimeoutMs: 600_000 });
      await sendBodies(queue, ['hidden', 'waiting']);
      const { receiptHandle } = await takeOne(queue);
      await subject.advance(1000);
      await sendBodies(queue, ['younger']);
      await subject.advance(59_000);
      assert.deepEqual(await queue.counts(), { visible: 1, inFlight: 0, delayed: 0, activeGroups: 0 });
      assert.deepEqual(await queue.delete([receiptHandle]), [{ kind: 'ignored', because: 'gone' }]);
      assert.deepEqual(await take(queue), ['younger']);
    },
  },
  {
    name: 'a thousand messages that are past their time go, however many there are',
    async run(subject) {
      const queue = await made(subject, 'q', { retentionMs: 60_000 });
      for (let count = 0; count < 1000; count += 100)
        await sendBodies(
          queue,
          Array.from({ length: 100 }, () => 'old'),
        );
      await subject.advance(60_000);
      await sendBodies(queue, ['new']);
      assert.deepEqual(await take(queue), ['new']);
    },
  },
  {
    name: 'no more are in flight than the limit allows',
    async run(subject) {
      const queue = await made(subject, 'q', { inFlightLimit: 3 });
      await sendBodies(queue, ['a', 'b', 'c', 'd']);
      const { messages } = await queue.receive({ max: 10 });
      assert.equal(messages.length, 3);
      assert.deepEqual(await take(queue), []);
      await queue.delete([messages[0]?.receiptHandle ?? '']);
      assert.deepEqual(await take(queue), ['d']);
    },
  },
  {
    name: 'purge removes all; peek shows what waits and changes nothing',
    async run(subject) {
      const queue = await made(subject, 'q');
      await sendBodies(queue, ['a', 'b', 'c']);
      await takeOne(queue);
      const peeked = await queue.peek(1);
      assert.deepEqual(
        peeked.map(({ sent, receiveCount }) => [sent.body, receiveCount]),
        [['b', 0]],
      );
      assert.deepEqual(await queue.counts(), { visible: 2, inFlight: 1, delayed: 0, activeGroups: 0 });
      assert.equal(await queue.purge(), 3);
      assert.deepEqual(await queue.counts(), { visible: 0, inFlight: 0, delayed: 0, activeGroups: 0 });
      await sendBodies(queue, ['d']);
      assert.deepEqual(await take(queue), ['d']);
    },
  },
  {
    name: 'a send that breaks a rule of its queue is refused in SQS’s words, and the others stand',
    async run(subject) {
      const [queue, fifo] = [await made(subject, 'q'), await made(subject, 'q.fifo')];
      const [first, refused, last] = await queue.send([{ body: 'a' }, { body: 'b', dedupId: 'x' }, { body: 'c' }]);
      assert.deepEqual([first?.kind, refused?.kind, last?.kind], ['sent', 'refused', 'sent']);
      assert.deepEqual(await take(queue), ['a', 'c']);
      const outcomes = await fifo.send([
        { body: 'a' },
        { body: 'a', groupId: 'g' },
        { body: 'a', groupId: 'g', dedupId: '1', delayMs: 1 },
      ]);
      assert.deepEqual(
        outcomes.map((each) => each.kind === 'refused' && each.code),
        ['MissingParameter', 'InvalidParameterValue', 'InvalidParameterValue'],
      );
    },
  },
];

const inGroup = (groupId: string, ...bodies: string[]) => bodies.map((body) => ({ body, groupId, dedupId: body }));

export const groupCases: readonly QueueCase[] = [
  {
    name: 'FIFO: a receive takes what it can of a group, then of the next; a group in flight waits',
    async run(subject) {
      const queue = await made(subject, 'q.fifo');
      await queue.send([...inGroup('a', 'a1', 'a2'), ...inGroup('b', 'b1'), ...inGroup('a', 'a3')]);
      assert.deepEqual(await take(queue, 2), ['a1', 'a2']);
      assert.deepEqual(await take(queue), ['b1']);
      assert.deepEqual(await queue.counts(), { visible: 1, inFlight: 3, delayed: 0, activeGroups: 2 });
      await subject.advance(30_000);
      assert.deepEqual(await take(queue), ['a1', 'a2', 'a3', 'b1']);
    },
  },
  {
    name: 'FIFO: deleting the first of a group frees the rest; sequence numbers grow',
    async run(subject) {
      const queue = await made(subject, 'q.fifo');
      const outcomes = await queue.send(inGroup('a', 'a1', 'a2'));
      const numbers = outcomes.map((each) => (each.kind === 'sent' ? each.sequenceNumber : undefined));
      const first = await takeOne(queue);
      assert.equal(first.sequenceNumber, numbers[0]);
      assert.match(numbers[1] ?? '', /^\d{20}$/);
      assert.ok((numbers[1] ?? '') > (numbers[0] ?? ''));
      assert.deepEqual(await take(queue), []);
      await queue.delete([first.receiptHandle]);
      assert.deepEqual(await take(queue), ['a2']);
    },
  },
  {
    name: 'FIFO: a handle that has expired is refused',
    async run(subject) {
      const queue = await made(subject, 'q.fifo', { visibilityTimeoutMs: 1000 });
      await queue.send(inGroup('a', 'a1'));
      const { receiptHandle } = await takeOne(queue);
      await subject.advance(1000);
      assert.deepEqual(await queue.delete([receiptHandle]), [
        { kind: 'refused', because: 'expired', rule: 'sqs.fifo-expired-handle-refused' },
      ]);
    },
  },
  {
    name: 'FIFO: the same deduplication id is accepted once in five minutes, also after the message was deleted',
    async run(subject) {
      const queue = await made(subject, 'q.fifo', { contentBasedDeduplication: true });
      const [first, again] = await queue.send([
        { body: 'x', groupId: 'a' },
        { body: 'x', groupId: 'b' },
      ]);
      assert.equal(again?.kind, 'deduplicated');
      assert.equal(again?.kind === 'deduplicated' && again.messageId, first?.kind === 'sent' && first.messageId);
      assert.equal(
        again?.kind === 'deduplicated' && again.sequenceNumber,
        first?.kind === 'sent' && first.sequenceNumber,
      );
      const message = await takeOne(queue);
      assert.match(message.sent.dedupId ?? '', /^[0-9a-f]{64}$/);
      await queue.delete([message.receiptHandle]);
      await subject.advance(299_999);
      assert.equal((await queue.send([{ body: 'x', groupId: 'a' }]))[0]?.kind, 'deduplicated');
      await subject.advance(1);
      assert.equal((await queue.send([{ body: 'x', groupId: 'a' }]))[0]?.kind, 'sent');
    },
  },
  {
    name: 'FIFO: groups whose names are alike are different groups',
    async run(subject) {
      const queue = await made(subject, 'q.fifo');
      const names = ['a', 'aa', 'a ', 'a.b', 'a\u0000', 'a\u0001', 'a\u0001\u0001', 'ä', ''];
      await queue.send(names.map((groupId, index) => ({ body: `${index}`, groupId, dedupId: `${index}` })));
      assert.equal((await queue.counts()).activeGroups, names.length);
      const receipt = await queue.receive({ max: 10 });
      assert.deepEqual(
        receipt.messages.map(({ sent }) => sent.groupId),
        names,
      );
      assert.deepEqual(bodiesOf(await queue.receive({ max: 10 })), []);
    },
  },
];
