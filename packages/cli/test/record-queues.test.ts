/** `millrace record` of SQS queues: everything is seen, and everything is there afterwards as it was before. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startGateway } from '@millrace/gateway';
import { type Clock, memoryQueues, systemClock } from '@millrace/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeWith, sharedElasticMq } from '../../../test/components/available.ts';
import { record, replayed } from './record-support.ts';

let made = 0;

describeWith(['elasticmq'], 'millrace record sqs from ElasticMQ', () => {
  queueTests(async () => ({ endpoint: await sharedElasticMq(), close: async () => {} }));
});

describe('millrace record sqs from the gateway', () => {
  queueTests(async () => {
    const queues = memoryQueues({ clock: systemClock });
    const gateway = await startGateway({ queues, region: 'us-east-1', accountId: '123456789012' });
    return { endpoint: gateway.url, close: () => gateway.close() };
  });
});

interface Server {
  readonly endpoint: string;
  close(): Promise<void>;
}

function queueTests(start: () => Promise<Server>): void {
  let server: Server;
  let client: SQSClient;

  beforeAll(async () => {
    server = await start();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new SQSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  });

  afterAll(async () => {
    client?.destroy();
    await server?.close();
  });

  const at = (...args: string[]) => [...args, '--endpoint', server.endpoint];

  async function makeQueue(
    suffix = '',
    Attributes: Record<string, string> = {},
  ): Promise<{ name: string; url: string }> {
    const name = `record-${process.pid}-${++made}${suffix}`;
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    return { name, url: QueueUrl };
  }

  async function send(url: string, bodies: readonly string[]): Promise<void> {
    for (let from = 0; from < bodies.length; from += 10) {
      const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
  }

  async function counts(url: string) {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return [Number(Attributes.ApproximateNumberOfMessages), Number(Attributes.ApproximateNumberOfMessagesNotVisible)];
  }

  const bodies = (count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ n }));

  test('all messages are recorded once, with their attributes, and all are visible again', {
    timeout: 20_000,
  }, async () => {
    const { name, url } = await makeQueue();
    await send(url, bodies(93));
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'no json ü',
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: 'ä' },
          count: { DataType: 'Number', StringValue: '5' },
          bin: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255]) },
        },
      }),
    );
    const { code, err, header, entries, file } = await record(at(`sqs:${name}`));
    expect([code, header]).toEqual([0, { millrace: 1, source: { type: 'sqs', name } }]);
    expect(err).toMatch(
      /^Until the end of the recording messages are hidden from others; each is charged one receive\.\n94 records of the queue /,
    );
    expect(entries.map(({ body }) => (typeof body === 'object' ? JSON.stringify(body) : body)).sort()).toEqual(
      [...bodies(93), 'no json ü'].sort(),
    );
    const times = entries.map((entry) => Number.parseInt(entry.at, 10));
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(await counts(url)).toEqual([94, 0]);
    const events = await replayed(file);
    const records = events.flatMap(({ Records }) => Records as { body: string; messageAttributes: object }[]);
    expect(records.map(({ body }) => body).sort()).toEqual([...bodies(93), 'no json ü'].sort());
    expect(records.find(({ body }) => body === 'no json ü')?.messageAttributes).toMatchObject({
      kind: { stringValue: 'ä', dataType: 'String' },
      count: { stringValue: '5', dataType: 'Number' },
      bin: { binaryValue: 'AP8=', dataType: 'Binary' },
    });
  });

  test('with --for it goes on, and Ctrl-C gives everything back at once', { timeout: 20_000 }, async () => {
    const { name, url } = await makeQueue();
    await send(url, bodies(5));
    let hidden: number[] = [];
    const { code, entries } = await record(at(`sqs:${name}`, '--for', '10m'), async (shell) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await send(url, bodies(12).slice(5));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      hidden = await counts(url);
      shell.interrupt();
    });
    expect([code, entries.length, hidden]).toEqual([0, 12, [0, 12]]);
    expect(await counts(url)).toEqual([12, 0]);
  });

  test('--limit takes no more than it writes', { timeout: 20_000 }, async () => {
    const { name, url } = await makeQueue();
    await send(url, bodies(40));
    const { entries } = await record(at(`sqs:${name}`, '--limit', '23'));
    expect(entries).toHaveLength(23);
    expect(await counts(url)).toEqual([40, 0]);
  });

  test('a file that cannot be written leaves nothing hidden', { timeout: 20_000 }, async () => {
    const { name, url } = await makeQueue();
    await send(url, bodies(3));
    const { code, err } = await record(at(`sqs:${name}`), undefined, 'no/such/folder.jsonl');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/cannot write it, because there is no such file or directory\.\n$/),
    ]);
    expect(await counts(url)).toEqual([3, 0]);
  });

  test('of a FIFO queue groups and deduplication ids stay; what a path conceals does not leave through the id', {
    timeout: 20_000,
  }, async () => {
    const { name, url } = await makeQueue('.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    for (let n = 0; n < 9; n += 1) {
      const body = { QueueUrl: url, MessageBody: JSON.stringify({ n, who: 'anna' }), MessageGroupId: `g${n % 3}` };
      await client.send(new SendMessageCommand(body));
    }
    const plain = await record(at(`sqs:${name}`));
    expect(plain.header.source).toEqual({ type: 'sqs-fifo', name });
    expect(plain.err).toContain('Of a message group only its first messages');
    expect(plain.entries).toHaveLength(9);
    const ids = new Set(plain.entries.map(({ dedup }) => dedup));
    expect(ids.size).toBe(9);
    const order = (group: string) =>
      plain.entries.filter((entry) => entry.group === group).map(({ body }) => (body as { n: number }).n);
    expect([order('g0'), order('g2')]).toEqual([
      [0, 3, 6],
      [2, 5, 8],
    ]);
    const hashed = await record(at(`sqs:${name}`, '--hash', 'group', '--redact', '$.who'));
    expect(JSON.stringify(hashed.entries)).not.toMatch(/anna|"g[012]"/);
    expect(hashed.entries.some(({ dedup }) => ids.has(dedup))).toBe(false);
    expect(new Set(hashed.entries.map(({ group }) => group)).size).toBe(3);
    expect(await counts(url)).toEqual([9, 0]);
  });

  test('a redrive policy: what a recording costs is said, and one that would cost everything is refused', {
    timeout: 20_000,
  }, async () => {
    const dead = await makeQueue();
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: dead.url, AttributeNames: ['QueueArn'] }),
    );
    const redrive = (maxReceiveCount: number) => ({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount }),
    });
    const { name, url } = await makeQueue('', redrive(2));
    await send(url, bodies(4));
    await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 1, VisibilityTimeout: 0 }));
    const { code, err, entries } = await record(at(`sqs:${name}`));
    expect([code, entries.length]).toEqual([0, 4]);
    expect(err).toContain('each is charged one receive of the 2 before it goes to the dead-letter queue.\n');
    expect(err).toContain(
      `1 message of ${name} had the last receive: the next one sends them to the dead-letter queue.\n`,
    );
    const once = await makeQueue('', redrive(1));
    await send(once.url, bodies(2));
    const refused = await record(at(`sqs:${once.name}`));
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/^The queue \S+ gives a message up after one receive.*first\.\n$/),
    ]);
    expect(await counts(once.url)).toEqual([2, 0]);
  });
}

test('what is held is renewed as long as the recording goes on', async () => {
  const clock = { ...systemClock, aheadMs: 0, now: () => Date.now() + clock.aheadMs } as Clock & { aheadMs: number };
  const queues = memoryQueues({ clock });
  const gateway = await startGateway({ queues, clock, region: 'us-east-1', accountId: '123456789012' });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: gateway.url, region: 'us-east-1', credentials });
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'held' }));
  const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: String(n), MessageBody: String(n) }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const visible = async () => (await queues.open('held').counts()).visible;
  const seen: number[] = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { entries } = await record([`sqs:held`, '--for', '1h', '--endpoint', gateway.url], async (shell) => {
    await vi.waitFor(async () => expect(await visible()).toBe(0), 5000);
    clock.aheadMs = 400_000;
    await vi.advanceTimersByTimeAsync(310_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    clock.aheadMs = 900_000;
    seen.push(await visible());
    shell.interrupt();
  });
  vi.useRealTimers();
  expect([entries.length, seen, await visible()]).toEqual([10, [0], 10]);
  client.destroy();
  await gateway.close();
});
