/** `millrace tail` on a real Redis: what it shows of a run, what it costs a run that nobody follows, and a flood. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectRedis } from '@millrace/redis';
import { systemClock, Tracer } from '@millrace/runtime';
import { plainLook, type TraceLine } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { openSession } from '../src/live/session.ts';
import { tailLine } from '../src/live/tailLines.ts';
import { followTrace } from '../src/live/tailRun.ts';
import { TraceChannel, traceChannelName } from '../src/live/traceChannel.ts';
import { scratch, session } from './support.ts';

const SCENARIO = `
sources: [{ name: orders, type: sqs, visibilityTimeout: 30s }]
functions: [{ name: worker }]
mappings: [{ name: shop, source: orders, function: worker, parameters: { BatchSize: 5 } }]
`;

const ORDERED = `
scenario: ordered
sources: [{ name: clicks, type: kinesis, shards: 1 }, { name: pay, type: msk, partitions: 2 }, { name: failed, type: sqs }]
functions:
  - { name: worker, behavior: [{ match: { data: ['bad'] }, do: throw }] }
  - { name: other, behavior: [{ match: { data: ['bad'] }, do: throw }] }
mappings:
  - name: sends
    source: clicks
    function: worker
    parameters:
      StartingPosition: TRIM_HORIZON
      MaximumRetryAttempts: 0
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:123456789012:failed' } }
  - { name: drops, source: clicks, function: other, parameters: { StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 0 } }
  - { name: pays, source: pay, function: worker, parameters: { StartingPosition: TRIM_HORIZON } }
`;

async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`still not true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const emitted = (number: number, mapping = 'm') =>
  ({ at: 1_700_000_000_000 + number, what: 'invoke', mapping, records: [`r${number}`], data: { attempt: 1 } }) as const;

describeWith(['redis'], 'millrace tail', () => {
  let redis: RunningRedis;
  let prefixes = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.stop());

  /** What \`up\` has: a tracer, and its channel. */
  function publisher(prefix = 'millrace', url = redis.url) {
    const client = connectRedis(url);
    client.on('error', () => {});
    const tracer = new Tracer();
    const channel = new TraceChannel({
      redis: client,
      prefix,
      tracer,
      clock: systemClock,
      scenario: 'shop',
      mappings: ['m', 'other'],
    });
    onTestFinished(async () => {
      await channel.close();
      client.disconnect();
    });
    return { tracer, channel, client };
  }

  /** A tail whose writing the test may hold up. */
  function follower(prefix: string, write: (text: string) => Promise<void> = async () => {}) {
    const stopping = new AbortController();
    const lines: string[] = [];
    const said: string[] = [];
    const done = followTrace({
      url: redis.url,
      prefix,
      signal: stopping.signal,
      wanted: () => true,
      textOf: (line) => JSON.stringify(line),
      write: async (text) => {
        lines.push(...text.trimEnd().split('\n'));
        await write(text);
      },
      say: (sentence) => said.push(sentence),
      met: ({ scenario }) => said.push(`met ${scenario}`),
      comesBack: () => true,
    });
    const stop = () => {
      stopping.abort();
      return done;
    };
    onTestFinished(stop);
    return { lines, said, stop };
  }

  const ownPrefix = () => {
    prefixes += 1;
    return `tail${prefixes}`;
  };

  /** A run of a scenario that `millrace tail` can follow. */
  async function running(text: string) {
    const folder = scratch();
    const file = join(folder, 'shop.yaml');
    writeFileSync(file, text);
    const { plan } = await loadScenario(file, undefined, { live: true });
    const up = await openSession(plan, {
      redisUrl: redis.url,
      folder,
      ephemeral: true,
      inline: false,
      maxEnvironments: 10,
      host: '127.0.0.1',
      sqsPort: undefined,
      httpPort: undefined,
      prefix: 'millrace',
      log: () => {},
    });
    await up.run.start();
    return up;
  }

  test('follows a run: every message from fetched to deleted, with the rule and its reason', async () => {
    const up = await running(SCENARIO);
    const tail = session();
    const json = session();
    const following = [
      tail.run('tail', '--redis', redis.url),
      json.run('tail', '--redis', redis.url, '--json', '--what', 'invoke,settled', '--mapping', 'shop'),
    ];
    await eventually('both have met the run', () => [tail, json].every(({ err }) => err.includes('Following shop')));
    await up.substrate.queues.open('orders').send([{ body: 'a' }]);
    await eventually('it is deleted', () => / acknowledged /.test(tail.out) && json.out.includes('"settled"'));
    await up.close(5000);
    await eventually('its end is told', () => tail.err.includes('A process has ended.'));
    for (const one of [tail, json]) one.interrupt();
    expect(await Promise.all(following)).toEqual([0, 0]);
    expect(tail.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}shop {2}fetched .*slot-\d: 1 record \([0-9a-f]{8}…\)/m);
    expect(tail.out).toMatch(
      / invoke .*#1 attempt 1, closed by available: 1 record .* \[batch\.closes-at-once-without-window\]$/m,
    );
    expect(tail.out).toMatch(/ settled .*#1 success after \d+m?s: 1 record/);
    expect(tail.out).toMatch(/ acknowledge .*deleted from the queue\. \[sqs\.success-deletes\]$/m);
    const lines = json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceLine);
    expect(lines.map(({ what, mapping }) => [what, mapping])).toEqual([
      ['invoke', 'shop'],
      ['settled', 'shop'],
    ]);
    expect(lines[1]?.data).toMatchObject({ invocation: 1, outcome: 'success' });
  });

  test('follows shards that end and open, discards with what became of them, and rebalances', async () => {
    const up = await running(ORDERED);
    const tail = session();
    const following = tail.run('tail', '--redis', redis.url);
    await eventually('it has met the run', () => tail.err.includes('Following ordered'));
    const stream = up.substrate.streams.open('clicks');
    const bad = { partitionKey: 'k', data: Buffer.from('"bad"').toString('base64') };
    await stream.put([{ record: bad, key: 'k', bytes: 6 }]);
    await eventually('both are given up', () => (tail.out.match(/ discarded /g) ?? []).length === 2);
    await stream.split('shardId-000000000000');
    await eventually('children are read', () => tail.out.includes('opened            shardId-000000000002'));
    const { uuid = '' } = up.run.control.mappings.find(({ name }) => name === 'pays') ?? {};
    const pay = up.substrate.topics.open('pay');
    await eventually('the group has its member', async () => (await pay.group(uuid).lag()).sum === 0);
    await pay.produce([{ record: { key: null, value: 'eA==', headers: [] }, partition: 0 }]);
    await eventually('it is committed', () => tail.out.includes('checkpoint        pay-0 at 1'));
    await pay.group(uuid).join('another', 10_000);
    await eventually('it is told', () => tail.out.includes('opened            poller-0, anew after a rebalance'));
    await up.close(5000);
    tail.interrupt();
    expect(await following).toBe(0);
    expect(tail.out).toMatch(/ discard {11}shardId-000000000000 RetryAttemptsExhausted: 1 record \(…\d{24}\)/);
    expect(tail.out).toMatch(/ discarded {9}shardId-000000000000 delivered to sqs failed: 1 record/);
    expect(tail.out).toMatch(/ discarded {9}shardId-000000000000 dropped, without a destination: 1 record/);
    expect(tail.out).toMatch(/ checkpoint {8}shardId-000000000000 at …\d{24} /);
    expect(tail.out).toMatch(/ closed {12}shardId-000000000000, ended /);
  });

  test('while nobody listens no line is made; somebody is heard, and not any more when gone', async () => {
    const prefix = ownPrefix();
    const { tracer } = publisher(prefix);
    const { lines, said, stop } = follower(prefix);
    expect(tracer.active).toBe(false);
    await eventually('it speaks', () => tracer.active);
    await eventually('it has said who it is', () => said.includes('met shop'));
    tracer.emit(emitted(1));
    await eventually('the line is here', () => lines.length === 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ seq: 1, what: 'invoke', mapping: 'm', records: ['r1'] });
    await stop();
    await eventually('it is silent again', () => !tracer.active);
  });

  test('who joins later is told who speaks; both get every line', async () => {
    const prefix = ownPrefix();
    const { tracer } = publisher(prefix);
    const first = follower(prefix);
    await eventually('the first has met it', () => first.said.includes('met shop'));
    const second = follower(prefix);
    await eventually('the second has met it', () => second.said.includes('met shop'));
    for (let number = 1; number <= 20; number += 1) tracer.emit(emitted(number));
    await eventually('both have all', () => first.lines.length === 20 && second.lines.length === 20);
    expect(first.said.filter((sentence) => sentence === 'met shop')).toHaveLength(1);
  });

  test('a flood does not hold up the run: what is not passed on is counted', async () => {
    const prefix = ownPrefix();
    const { tracer } = publisher(prefix);
    const { lines, said } = follower(prefix);
    await eventually('it listens', () => tracer.active && said.includes('met shop'));
    const count = 50_000;
    for (let number = 1; number <= count; number += 1) tracer.emit(emitted(number));
    const dropped = () =>
      said.reduce((sum, sentence) => sum + Number(/^(\d+) lines were dropped/.exec(sentence)?.[1] ?? 0), 0);
    // The number of dropped lines comes with the lines after them.
    await eventually('every line is here or counted', () => {
      tracer.emit(emitted(0));
      return lines.filter((line) => !line.includes('"r0"')).length + dropped() >= count;
    });
    const real = lines.filter((line) => !line.includes('"r0"')).length;
    expect(real).toBe(1000);
    expect(dropped()).toBeGreaterThanOrEqual(count - real);
    const numbers = lines.map((line) => (JSON.parse(line) as TraceLine).seq);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('a tail that is written out too slowly drops, and says so', async () => {
    const prefix = ownPrefix();
    const { tracer } = publisher(prefix);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { lines, said } = follower(prefix, () => held);
    await eventually('it listens', () => tracer.active && said.includes('met shop'));
    const raw = connectRedis(redis.url);
    const line = emitted(1);
    for (let message = 0; message < 30; message += 1) {
      const text = JSON.stringify({ from: 'x', lines: Array.from({ length: 1000 }, () => line) });
      await raw.publish(traceChannelName(prefix), text);
    }
    await raw.publish(
      traceChannelName(prefix),
      JSON.stringify({ from: 'x', hello: { pid: 1, scenario: 'last', mappings: [] } }),
    );
    await eventually('all of it was read', () => said.includes('met last'));
    release();
    await eventually('it is told', () => said.some((sentence) => /faster than they could be written/.test(sentence)));
    await eventually('the rest is written', () => lines.length >= 20_000);
    const dropped = Number(/^(\d+) lines/.exec(said.find((one) => one.includes('written')) ?? '')?.[1]);
    expect(lines.length + dropped).toBe(30_000);
    raw.disconnect();
  });

  test('what others say on the channel is passed over', async () => {
    const prefix = ownPrefix();
    const { tracer } = publisher(prefix);
    const { lines, said } = follower(prefix);
    await eventually('it listens', () => tracer.active && said.includes('met shop'));
    const raw = connectRedis(redis.url);
    for (const text of ['', 'nonsense', 'null', '[]', '{"lines":1}']) await raw.publish(traceChannelName(prefix), text);
    tracer.emit(emitted(7));
    await eventually('the line after it is here', () => lines.length === 1);
    raw.disconnect();
  });

  test('a Redis that is gone and comes back is told, and followed on', async () => {
    const own = await startRedis();
    const { tracer } = publisher('millrace', own.url);
    const shell = session();
    const running = shell.run('tail', '--redis', own.url);
    await eventually('it follows', () => shell.err.includes('Following shop'));
    await own.kill();
    await eventually('it is told', () => shell.err.includes('The connection to Redis was lost'));
    await own.restart();
    await eventually('it is back', () => shell.err.includes('The connection to Redis is back.'));
    await eventually('lines come again', () => {
      tracer.emit(emitted(9));
      return shell.out.includes('r9');
    });
    shell.interrupt();
    expect(await running).toBe(0);
    await own.stop();
  });

  test('only the mappings and kinds that were asked for; a mapping that is not there is told', async () => {
    const { tracer } = publisher();
    const shell = session();
    const running = shell.run('tail', '--redis', redis.url, '--mapping', 'othr', '--mapping', 'm', '--what', 'invoke');
    await eventually('it follows', () => shell.err.includes('Following shop'));
    expect(shell.err).toContain('It has no mapping othr. Did you mean other?');
    tracer.emit(emitted(1, 'other'));
    tracer.emit({ ...emitted(2), what: 'settled' });
    tracer.emit(emitted(3));
    await eventually('the third is here', () => shell.out.includes('r3'));
    expect(shell.out).not.toMatch(/r1|r2/);
    shell.interrupt();
    expect(await running).toBe(0);
  });

  test('says that nothing runs, and waits', async () => {
    const own = await startRedis();
    const shell = session();
    const running = shell.run('tail', '--redis', own.url);
    await eventually('it is told', () => shell.err === 'Nothing runs here yet; waiting for `millrace up`.\n');
    shell.interrupt();
    expect(await running).toBe(0);
    await own.stop();
  });

  test.each([
    [
      'an unknown kind',
      ['--what', 'invoke,settld'],
      /^--what: `settld` is no kind of line\. Did you mean settled\?\n$/,
    ],
    [
      'no Redis there',
      ['--redis', 'redis://u:pass@127.0.0.1:1'],
      /^Redis at redis:\/\/127\.0\.0\.1:1 cannot be reached/,
    ],
  ])('%s is refused', async (_title, args, sentence) => {
    const shell = session();
    expect(await shell.run('tail', ...args)).toBe(2);
    expect(shell.err).toMatch(sentence);
  });
});

test.each<[Partial<TraceLine>, string]>([
  [
    {
      what: 'settled',
      data: { invocation: 3, outcome: 'error', startMs: 5, endMs: 1505, error: 'Boom', errorMessage: 'a\n b' },
    },
    'settled           #3 error after 1.5s (Boom: a b): 5 records (a, b, c and 2 more)',
  ],
  [{ what: 'scaled', data: { from: 5, to: 2 } }, 'scaled            5 to 2: 5 records (a, b, c and 2 more)'],
  [
    {
      what: 'dead-lettered',
      rule: 'sqs.dead-lettered-after-max-receives',
      why: 'Too often.',
      data: { receiveCount: 3 },
    },
    'dead-lettered     received 3 times: 5 records (a, b, c and 2 more)  Too often. [sqs.dead-lettered-after-max-receives]',
  ],
  [
    { what: 'discard', poller: 'shardId-000000000001', data: { condition: 'RetryAttemptsExhausted' } },
    'discard           shardId-000000000001 RetryAttemptsExhausted: 5 records (a, b, c and 2 more)',
  ],
  [
    {
      what: 'discarded',
      poller: 'poller-0',
      data: { fate: 'discarded', delivered: true, destination: 'arn:aws:sqs:us-east-1:123456789012:failed' },
    },
    'discarded         delivered to sqs failed: 5 records (a, b, c and 2 more)',
  ],
  [
    {
      what: 'discarded',
      data: { fate: 'discarded', delivered: false, destination: 'kafka://dead', problem: 'There is no topic dead.' },
    },
    'discarded         not delivered to kafka://dead (There is no topic dead.): 5 records (a, b, c and 2 more)',
  ],
  [
    { what: 'discarded', data: { fate: 'discarded', delivered: false, destination: null } },
    'discarded         dropped, without a destination: 5 records (a, b, c and 2 more)',
  ],
  [
    { what: 'checkpoint', poller: 'poller-0', records: ['pay-1@99'], data: { lane: 'pay-1', position: 99 } },
    'checkpoint        pay-1 at 99',
  ],
  [
    {
      what: 'checkpoint',
      poller: 'shardId-000000000003',
      records: ['49117952710351000003100000010000000021001795127103659802'],
      data: {
        lane: 'shardId-000000000003',
        position: '49117952710351000003100000010000000021001795127103659802',
      },
    },
    'checkpoint        shardId-000000000003 at …000021001795127103659802',
  ],
  [
    { what: 'invoke', poller: 'shardId-000000000003', data: { invocation: 4, attempt: 2, closedBy: 'size' } },
    'invoke            shardId-000000000003 #4 attempt 2, closed by size: 5 records (a, b, c and 2 more)',
  ],
  [
    { what: 'opened', poller: 'shardId-000000000003', records: [], data: { from: 'horizon' } },
    'opened            shardId-000000000003',
  ],
  [
    { what: 'closed', poller: 'shardId-000000000000', records: [], data: { ended: true } },
    'closed            shardId-000000000000, ended',
  ],
  [
    {
      what: 'opened',
      poller: 'poller-0',
      records: [],
      rule: 'kafka.rebalance-drops-what-is-held',
      data: { from: 'start' },
    },
    'opened            poller-0, anew after a rebalance  [kafka.rebalance-drops-what-is-held]',
  ],
])('one line for people: %#', (line, text) => {
  const whole: TraceLine = { seq: 1, at: 0, what: 'done', mapping: 'm', records: ['a', 'b', 'c', 'd', 'e'], ...line };
  expect(tailLine(whole, plainLook(100)).replace(/^\S+ {2}m {2}/, '')).toBe(text);
});
