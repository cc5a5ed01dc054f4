/** `millrace send` against a real Redis, and through the gateway: what arrives, when, in what order, and what is said. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Gateway, startGateway } from '@millrace/gateway';
import { redisQueues } from '@millrace/redis';
import type { QueueDefinition, Queues } from '@millrace/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { scratch, session } from './support.ts';

const ACCOUNT = '123456789012';
let made = 0;

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

async function makeQueue(queues: Queues, suffix = '', changes: Partial<QueueDefinition> = {}): Promise<string> {
  made += 1;
  const name = `send-${made}${suffix}`;
  await queues.create({
    name,
    arn: arnOf(name),
    fifo: suffix === '.fifo',
    visibilityTimeoutMs: 30_000,
    retentionMs: 345_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: 120_000,
    createdAtMs: 0,
    modifiedAtMs: 0,
    carried: {},
    tags: {},
    ...changes,
  });
  return name;
}

/** A fixture in a folder of its own; answers its path. */
function fixture(type: 'sqs' | 'sqs-fifo', records: readonly object[]): string {
  const file = join(scratch(), 'messages.jsonl');
  const lines = [{ millrace: 1, source: { type } }, ...records].map((line) => JSON.stringify(line));
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function grouped<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

const numbered = (count: number, fields: (index: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({ body: `m${index}`, at: 0, ...fields(index) }));

describeWith(['redis'], 'millrace send', () => {
  let redis: RunningRedis;
  let queues: Queues;
  let gateway: Gateway;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true });
    queues = redisQueues({ redis: redis.url });
    gateway = await startGateway({ queues, region: 'us-east-1', accountId: ACCOUNT });
  });

  afterAll(async () => {
    await gateway.close();
    await queues.close();
    await redis.stop();
  });

  const there = async (name: string, most = 1000) => queues.open(name).peek(most);
  const bodiesIn = async (name: string) => (await there(name)).map(({ sent }) => sent.body);

  /** Runs the command against the Redis of this file, or whatever else is named. */
  async function send(...args: string[]) {
    const at = args.some((arg) => arg === '--endpoint' || arg === '--redis' || /^https?:/.test(arg));
    const shell = session();
    const code = await shell.run('send', ...args, ...(at ? [] : ['--redis', redis.url]));
    return { code, out: shell.out, err: shell.err };
  }

  const BODIES = ['{"a": 1.0,  "b":[]}', 'ünïcödé 🎈\n\ttab', ' leading and trailing ', '<a href="x">&amp;</a>', '0'];

  test.each(['Redis', 'the gateway'])('bodies arrive byte for byte, with their attributes: on %s', async (place) => {
    const name = await makeQueue(queues);
    const attributes = {
      kind: { type: 'String', value: 'ä' },
      bin: { type: 'Binary', value: 'AP8=' },
    };
    const file = fixture('sqs', [...BODIES.map((body) => ({ body })), { body: 'x', attributes }]);
    const { code, out, err } = await send(name, file, ...(place === 'Redis' ? [] : ['--endpoint', gateway.url]));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^6 messages sent to send-\d+ in /);
    expect((await bodiesIn(name)).sort()).toEqual([...BODIES, 'x'].sort());
    const withAttributes = (await there(name)).find(({ sent }) => sent.body === 'x');
    expect(withAttributes?.sent.attributes).toEqual({
      kind: { dataType: 'String', stringValue: 'ä' },
      bin: { dataType: 'Binary', binaryValue: 'AP8=' },
    });
  });

  test('keeps the times of the fixture, scaled by --speed', async () => {
    const name = await makeQueue(queues);
    const file = fixture('sqs', [
      { body: 'a', at: 0 },
      { body: 'b', at: '800ms' },
      { body: 'c', at: '2s' },
    ]);
    expect((await send(name, file, '--speed', '2x')).code).toBe(0);
    const times = new Map((await there(name)).map(({ sent, sentAtMs }) => [sent.body, sentAtMs]));
    const after = (body: string) => (times.get(body) ?? 0) - (times.get('a') ?? 0);
    expect(after('b')).toBeGreaterThanOrEqual(390);
    expect(after('b')).toBeLessThan(900);
    expect(after('c')).toBeGreaterThanOrEqual(990);
  });

  test('--rate sends exactly so many a second, whatever the fixture says', async () => {
    const name = await makeQueue(queues);
    const file = fixture(
      'sqs',
      numbered(300, (index) => ({ at: `${index}h` })),
    );
    const { out } = await send(name, file, '--rate', '300/s');
    const times = (await there(name)).map(({ sentAtMs }) => sentAtMs);
    const spanMs = Math.max(...times) - Math.min(...times);
    expect(times).toHaveLength(300);
    expect(spanMs).toBeGreaterThan(900);
    const reached = Number(/: ([\d.]+)\/s/.exec(out)?.[1]);
    expect(reached).toBeLessThanOrEqual(301);
    expect(reached).toBeGreaterThan(200);
    // No tenth of a second holds more than its share, but for what one gathering puts together.
    const tenths = grouped(times, (at) => Math.floor(at / 100));
    expect(Math.max(...[...tenths.values()].map((some) => some.length))).toBeLessThanOrEqual(60);
  });

  test('--loop begins anew and --limit ends it; what has an id for deduplication arrives in every round', async () => {
    const name = await makeQueue(queues, '.fifo');
    const file = fixture(
      'sqs-fifo',
      numbered(10, (index) => ({ group: `g${index % 3}`, dedup: `d${index}` })),
    );
    const { code, out, err } = await send(name, file, '--loop', '--limit', '25');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^25 messages sent/);
    const bodies = await bodiesIn(name);
    expect(bodies).toHaveLength(25);
    expect(bodies.filter((body) => body === 'm0')).toHaveLength(3);
  });

  test('a fixture can be sent twice to a FIFO queue; what it says about deduplication itself counts and is told', async () => {
    const name = await makeQueue(queues, '.fifo');
    const plain = fixture('sqs-fifo', numbered(5));
    await send(name, plain);
    await send(name, plain);
    expect(await bodiesIn(name)).toHaveLength(10);
    const own = fixture(
      'sqs-fifo',
      numbered(5, (index) => ({ dedup: `own${index}` })),
    );
    await send(name, own);
    const again = await send(name, own);
    expect(again.err).toBe('5 messages the queue already had, by deduplication id or content.\n');
    expect(again.out).toMatch(/^0 messages sent/);
    expect(await bodiesIn(name)).toHaveLength(15);
  });

  test.each(['Redis', 'the gateway'])('messages of a group keep their order, many in flight: on %s', async (place) => {
    const name = await makeQueue(queues, '.fifo');
    const file = fixture(
      'sqs-fifo',
      numbered(400, (index) => ({ group: `g${index % 7}` })),
    );
    await send(name, file, ...(place === 'Redis' ? [] : ['--endpoint', gateway.url]));
    const messages = await there(name);
    expect(messages).toHaveLength(400);
    for (const [group, some] of grouped(messages, ({ sent }) => sent.groupId)) {
      const numbers = some.map(({ sent }) => Number(sent.body.slice(1)));
      expect(numbers, `group ${group}`).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  test('a queue may be named by its ARN and by its URL', async () => {
    const name = await makeQueue(queues);
    const file = fixture('sqs', numbered(2));
    expect((await send(arnOf(name), file)).code).toBe(0);
    expect((await send(`${gateway.url}/${ACCOUNT}/${name}`, file)).code).toBe(0);
    expect((await send(arnOf(name), file, '--endpoint', gateway.url)).code).toBe(0);
    expect(await bodiesIn(name)).toHaveLength(6);
  });

  test('records of a stream become messages: of a group by their key, where the queue has groups', async () => {
    const name = await makeQueue(queues, '.fifo');
    const file = join(scratch(), 'stream.jsonl');
    const records = ['a', 'b'].map((key) => ({ key, data: `of ${key}` }));
    const lines = [{ millrace: 1, source: { type: 'kinesis' } }, ...records].map((line) => JSON.stringify(line));
    writeFileSync(file, lines.join('\n'));
    expect(await send(name, file)).toMatchObject({ code: 0, err: '' });
    const groups = (await there(name)).map(({ sent }) => `${sent.groupId}: ${sent.body}`);
    expect(groups.sort()).toEqual(['a: of a', 'b: of b']);
  });

  test('Ctrl-C ends it with the count of what was sent', async () => {
    const name = await makeQueue(queues);
    const file = fixture('sqs', numbered(1000));
    const shell = session();
    const running = shell.run('send', name, file, '--rate', '100/s', '--redis', redis.url);
    const untilMs = Date.now() + 10_000;
    while (Date.now() < untilMs && (await queues.open(name).counts()).visible < 20) await Promise.resolve();
    shell.interrupt();
    expect(await running).toBe(130);
    const count = (await queues.open(name).counts()).visible;
    expect(count).toBeLessThan(500);
    expect(shell.out).toMatch(new RegExp(`^Interrupted: ${count} messages sent to ${name} in `));
  });

  test('a Redis that is killed and comes back: whatever may be there twice is told', async () => {
    const own = await startRedis({ appendOnly: true });
    const ownQueues = redisQueues({ redis: own.url });
    const name = await makeQueue(ownQueues);
    const file = fixture('sqs', numbered(20_000));
    const shell = session();
    const running = shell.run('send', name, file, '--rate', '6000/s', '--redis', own.url);
    const untilMs = Date.now() + 10_000;
    while (Date.now() < untilMs && (await ownQueues.open(name).counts()).visible < 2000) await Promise.resolve();
    await own.kill();
    await own.restart();
    expect(await running, shell.err).toBe(0);
    const twice = Number(
      /^([\d,]+) messages? may be in the queue twice/m.exec(shell.err)?.[1]?.replaceAll(',', '') ?? 0,
    );
    const { visible } = await ownQueues.open(name).counts();
    expect(shell.out).toMatch(/^20,000 messages sent/);
    expect(visible).toBeGreaterThanOrEqual(20_000);
    expect(visible).toBeLessThanOrEqual(20_000 + twice);
    await ownQueues.close();
    await own.stop();
  });

  test.each<[string, () => Promise<string[]> | string[], RegExp]>([
    [
      'an unknown queue',
      () => ['nil', 'x.jsonl'],
      /^There is no queue, stream or topic nil: redis:\S+ has send-.*\.\n$/,
    ],
    [
      'a queue that is nearly there',
      async () => [(await makeQueue(queues)).replace('send', 'sent'), 'x.jsonl'],
      /^There is no queue, stream or topic sent-\d+ on redis:\S+\. Did you mean send-.*\?\n$/,
    ],
    [
      'an unknown queue behind an endpoint',
      () => ['nil', 'x.jsonl', '--endpoint', gateway.url],
      /^The queue nil cannot be used at http:\S+: QueueDoesNotExist, .*\.\n$/,
    ],
    ['what is no target', () => ['no target', 'x.jsonl'], /^no target is no target: it takes the name .*\.\n$/],
    [
      'a Redis that is not there',
      () => ['q', 'x.jsonl', '--redis', 'redis://127.0.0.1:1'],
      /^Redis at redis:\/\/127.0.0.1:1 cannot be reached: ECONNREFUSED\.\n$/,
    ],
    [
      'what is no Redis',
      () => ['q', 'x.jsonl', '--redis', 'http://secret:word@x'],
      /^http:\/\/x is no address of a Redis, such as redis:\S+\.\n$/,
    ],
    ['an endpoint that is not there', () => ['q', 'x', '--endpoint', 'http://127.0.0.1:1'], /ECONNREFUSED.*\.\n$/],
    [
      'a fixture that is not there',
      async () => [await makeQueue(queues), 'x.jsonl'],
      /^x.jsonl: there is no such file\.\n$/,
    ],
    [
      'a wrong field, with its line',
      async () => [await makeQueue(queues), fixture('sqs', [{ body: 'a' }, { boddy: 'b' }])],
      /messages.jsonl line 3: `boddy` .*\n$/,
    ],
    ['a wrong rate', () => ['q', 'x', '--rate', 'fast'], /It must be a rate such as 500\/s/],
    ['two paces', () => ['q', 'x', '--rate', '5/s', '--speed', '2x'], /^--rate replaces the times/],
    [
      'two places',
      () => ['q', 'x', '--redis', 'redis://x', '--endpoint', 'http://x'],
      /^--endpoint and --redis name two places for one target/,
    ],
    ['standard input, round after round', () => ['q', '-', '--loop'], /^--loop cannot begin standard input anew/],
  ])('%s is refused in one sentence', async (_title, argsOf, sentence) => {
    const { code, err, out } = await send(...(await argsOf()));
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('a message that the queue refuses ends it, and is named', async () => {
    const name = await makeQueue(queues);
    const file = fixture('sqs', [{ body: 'fine' }, { body: 'not \u0001 fine', id: 'bad' }]);
    const { code, err, out } = await send(name, file, '--endpoint', gateway.url);
    expect(code).toBe(2);
    expect(err).toMatch(
      /messages.jsonl: not everything was sent to .*: message 2 \(bad\) is refused: InvalidMessageContents/,
    );
    expect(out).toMatch(/^1 message sent/);
  });

  test('without a run in the folder and without REDIS_URL it says what to do', async () => {
    const before = process.env.REDIS_URL;
    delete process.env.REDIS_URL;
    const shell = session();
    expect(await shell.run('send', 'q', 'x.jsonl', '--data', join(scratch(), 'none'))).toBe(2);
    expect(shell.err).toMatch(/^No `millrace up` with a Redis of its own runs on .*: start `millrace up`, or name/);
    if (before !== undefined) process.env.REDIS_URL = before;
  });
});
