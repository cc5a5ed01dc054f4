/** What the client makes of the SDK's answers and errors. The SDK itself is a fake here; others test the real one. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { QueueUnavailable, sdkClient } from '../src/index.ts';
import { HandClock } from './support/handClock.ts';

/** As the SDK sees it. */
interface Signal {
  readonly aborted: boolean;
  onabort: (() => void) | null;
}

type Answer = (input: Readonly<Record<string, unknown>>, signal: Signal) => unknown;

const untilAborted: Answer = (_input, signal) =>
  new Promise((_, reject) => {
    signal.onabort = () => reject(new Error('aborted'));
  });

const URL_OF_QUEUE = 'http://127.0.0.1:1/123456789012/q';

/** An SDK client whose operations answer what the test says. */
function fakeSdk(answers: Readonly<Record<string, Answer>>) {
  const calls: { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }[] = [];
  const client = {
    async send(command: { input: Readonly<Record<string, unknown>> }, { abortSignal }: { abortSignal: Signal }) {
      const operation = command.constructor.name.replace(/Command$/, '');
      calls.push({ operation, input: command.input });
      const answer = answers[operation] ?? (() => ({ Attributes: { VisibilityTimeout: '30' } }));
      return answer(command.input, abortSignal);
    },
  };
  return { client: client as unknown as SQSClient, calls };
}

const clientOf = (answers: Readonly<Record<string, Answer>>, queueUrl = URL_OF_QUEUE) => {
  const { client, calls } = fakeSdk(answers);
  const clock = new HandClock();
  return { opened: sdkClient({ client, queueUrl, clock }), calls, clock };
};

const receive = (waitMs: number, visibilityMs?: number, signal = new AbortController().signal) => ({
  max: 10,
  visibilityMs,
  waitMs,
  signal,
  onDeadLetters: () => {},
});

const MESSAGE = { MessageId: 'm', ReceiptHandle: 'h', Body: 'b' };

test('waits for whole seconds, and hides for whole seconds', async () => {
  const { opened, calls } = clientOf({ ReceiveMessage: () => ({}) });
  const client = await opened;
  await client.receive(receive(20_000, 36_500));
  await client.receive(receive(2900));
  await client.receive(receive(900));
  const inputs = calls.filter(({ operation }) => operation === 'ReceiveMessage').map(({ input }) => input);
  expect(inputs.map(({ WaitTimeSeconds }) => WaitTimeSeconds)).toEqual([20, 2, 0]);
  expect(inputs.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([37, undefined, undefined]);
});

test('messages are counted as hidden from the question, or from shortly before a long wait ended', async () => {
  const { opened, clock } = clientOf({
    ReceiveMessage: async ({ WaitTimeSeconds }) => {
      await clock.forward(Number(WaitTimeSeconds) * 1000);
      return { Messages: [MESSAGE] };
    },
  });
  const client = await opened;
  const askedMs = clock.now();
  const [atOnce] = (await client.receive(receive(0))).messages;
  expect(atOnce?.visibleAtMs).toBe(askedMs + 30_000);
  const [later] = (await client.receive(receive(15_000, 60_000))).messages;
  expect(later?.visibleAtMs).toBe(askedMs + 15_000 - 100 + 60_000);
});

test('an answer that is 10 s late is not waited for: the server may be gone without a word', async () => {
  const { opened, clock } = clientOf({ ReceiveMessage: untilAborted });
  const client = await opened;
  const answer = client.receive(receive(20_000)).catch((error: unknown) => error);
  await clock.forward(29_999);
  expect(await Promise.race([answer, 'waits'])).toBe('waits');
  await clock.forward(1);
  expect(await answer).toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: 'ReceiveMessage was not answered for 30 s',
  });
});

test('a receive that its caller ends brings nothing and is no trouble', async () => {
  const { opened, clock } = clientOf({ ReceiveMessage: untilAborted });
  const client = await opened;
  const abort = new AbortController();
  const answer = client.receive(receive(20_000, undefined, abort.signal));
  abort.abort();
  expect(await answer).toEqual({ messages: [] });
  expect(clock.timers).toBe(0);
});

test('an error says its first sentence only: further lines may quote the request, with its token', async () => {
  const message = 'The signature does not match.\n\nThe Canonical String was\nx-amz-security-token:SECRET';
  const { opened } = clientOf({
    GetQueueAttributes: () => {
      throw Object.assign(new Error(message), { name: 'SignatureDoesNotMatch' });
    },
  });
  const error = await opened.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(QueueUnavailable);
  expect((error as Error).message).toBe(
    'GetQueueAttributes failed: SignatureDoesNotMatch, The signature does not match.',
  );
});

test('a connection that is refused is told by its code', async () => {
  const { opened } = clientOf({
    GetQueueAttributes: () => {
      throw Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
    },
  });
  await expect(opened).rejects.toThrow('GetQueueAttributes failed: AggregateError (ECONNREFUSED)');
});

const FAILED = [
  { Id: '0', SenderFault: false, Code: 'InternalError' },
  { Id: '2', SenderFault: true, Code: 'InvalidParameterValue' },
];

test('a delete that failed through no fault of ours may work again; a FIFO queue refuses expired handles', async () => {
  const answers = { DeleteMessageBatch: () => ({ Failed: FAILED }) };
  const standard = await clientOf(answers).opened;
  expect(await standard.delete(['a', 'b', 'c'])).toEqual([{ receiptHandle: 'a', again: true }, { receiptHandle: 'c' }]);
  const fifo = await clientOf(answers, `${URL_OF_QUEUE}.fifo`).opened;
  expect(await fifo.delete(['a', 'b', 'c'])).toEqual([
    { receiptHandle: 'a', again: true },
    { receiptHandle: 'c', rule: 'sqs.fifo-expired-handle-refused' },
  ]);
});

test('messages are given back in batches of ten, visible at once', async () => {
  const { opened, calls } = clientOf({ ChangeMessageVisibilityBatch: () => ({}) });
  await (await opened).giveBack(Array.from({ length: 12 }, (_, index) => `h${index}`));
  const entries = calls.slice(1).map(({ input }) => input.Entries as { VisibilityTimeout: number }[]);
  expect(entries.map((some) => some.length)).toEqual([10, 2]);
  expect(entries.flat().every(({ VisibilityTimeout }) => VisibilityTimeout === 0)).toBe(true);
});

test('a visibility timeout that was changed is noticed within a minute, and after a queue was made again', async () => {
  let timeout = 30;
  let gone = false;
  const { opened, calls, clock } = clientOf({
    GetQueueAttributes: () => ({ Attributes: { VisibilityTimeout: String(timeout) } }),
    ReceiveMessage: () => {
      if (gone) throw Object.assign(new Error('no such queue'), { name: 'QueueDoesNotExist' });
      return { Messages: [MESSAGE] };
    },
  });
  const client = await opened;
  const hiddenMs = async () => ((await client.receive(receive(0))).messages[0]?.visibleAtMs ?? 0) - clock.now();
  timeout = 60;
  expect(await hiddenMs()).toBe(30_000);
  await clock.forward(60_000);
  await hiddenMs();
  expect(await hiddenMs()).toBe(60_000);
  const asked = () => calls.filter(({ operation }) => operation === 'GetQueueAttributes').length;
  const before = asked();
  await hiddenMs();
  expect(asked()).toBe(before);
  timeout = 90;
  gone = true;
  await client.receive(receive(0)).catch(() => {});
  gone = false;
  await hiddenMs();
  expect(await hiddenMs()).toBe(90_000);
});
