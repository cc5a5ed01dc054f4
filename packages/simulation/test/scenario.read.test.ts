import { describe, expect, it } from 'vitest';
import type { Plan } from '../src/scenario/plan.ts';
import { readScenario } from '../src/scenario/read.ts';

function read(text: string) {
  const answer = readScenario(text, { file: 'a/orders.yaml' });
  if (!answer.ok) throw new Error(answer.problems.map((problem) => problem.message).join('\n'));
  return answer;
}

const plan = (text: string): Plan => read(text).plan;
const source = (fields: string) => plan(`source: ${fields}`).sources[0];
const request = (fields: string, mapping = '{}') => plan(`source: ${fields}\nmapping: ${mapping}`).mappings[0]?.request;

describe('defaults', () => {
  it('a scenario with a source alone is whole', () => {
    expect(plan('source: { type: sqs, name: orders }')).toEqual({
      name: 'orders',
      seed: 1,
      startMs: Date.parse('2026-01-01T00:00:00Z'),
      region: 'us-east-1',
      accountId: '123456789012',
      accountConcurrency: 1000,
      transitionMs: 0,
      choices: {
        sqsScaling: 'current',
        effectiveVisibility: true,
        backoff: { baseMs: 250, capMs: 60_000 },
        strictFilters: false,
      },
      plural: false,
      sources: [
        {
          type: 'sqs',
          name: 'orders',
          arn: 'arn:aws:sqs:us-east-1:123456789012:orders',
          visibilityTimeoutMs: 30_000,
          retentionMs: 345_600_000,
          delayMs: 0,
          contentBasedDeduplication: false,
        },
      ],
      mappings: [
        {
          name: 'orders-function',
          source: 0,
          function: 0,
          createdAtMs: 0,
          request: { EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:orders', FunctionName: 'function' },
        },
      ],
      functions: [
        {
          name: 'function',
          arn: 'arn:aws:lambda:us-east-1:123456789012:function:function',
          timeoutMs: 3000,
          coldStartMs: 0,
          duration: { kind: 'fixed', ms: 10 },
          behavior: [],
        },
      ],
      events: [],
    });
  });

  it('what is written is taken: seed, start, until, region, account, pool, transitions', () => {
    const text = `
scenario: x
seed: 9
start: 2025-06-01T02:00:00+02:00
until: 1.5h
region: eu-west-1
accountId: "000000000001"
account: { concurrency: 50 }
transitions: 5s
mappingCreatedAt: 2s
source: { type: kinesis, name: s }
`;
    const { mappings, ...rest } = plan(text);
    expect(rest).toMatchObject({
      name: 'x',
      seed: 9,
      startMs: Date.UTC(2025, 5, 1),
      untilMs: 5_400_000,
      accountConcurrency: 50,
      transitionMs: 5000,
      sources: [{ arn: 'arn:aws:kinesis:eu-west-1:000000000001:stream/s' }],
    });
    expect(mappings[0]?.createdAtMs).toBe(2000);
  });
});

describe('sources and what is derived from them', () => {
  it.each([
    ['{ type: sqs-fifo, name: q }', 'arn:aws:sqs:us-east-1:123456789012:q.fifo'],
    ['{ type: sqs-fifo, name: q.fifo }', 'arn:aws:sqs:us-east-1:123456789012:q.fifo'],
    ['{ type: dynamodb, name: t }', 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000'],
    ['{ type: msk, name: t }', 'arn:aws:kafka:us-east-1:123456789012:cluster/t/6d696c6c-7261-4365-8000-000000000001-1'],
    ['{ type: self-managed-kafka, name: t }', ''],
    ['{ type: kinesis, arn: "arn:aws:kinesis:eu-west-1:1:stream/x" }', 'arn:aws:kinesis:eu-west-1:1:stream/x'],
  ])('%s has the ARN %s', (fields, arn) => {
    expect(source(fields)?.arn).toBe(arn);
  });

  it('a name missing is taken from the ARN', () => {
    expect(source('{ type: kinesis, arn: "arn:aws:kinesis:eu-west-1:1:stream/x" }')?.name).toBe('x');
    expect(source('{ type: sqs, arn: "arn:aws:sqs:eu-west-1:1:q" }')?.name).toBe('q');
  });

  it('a mapping through a consumer names the consumer', () => {
    const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/fast:1767225600';
    expect(source('{ type: kinesis, name: s, consumer: fast }')).toMatchObject({ consumer: 'fast', consumerArn: arn });
    expect(request('{ type: kinesis, name: s, consumer: fast }')).toMatchObject({ EventSourceArn: arn });
  });

  it('Kafka mappings get their topic, and self-managed ones their brokers and a secret', () => {
    expect(request('{ type: msk, name: t }')).toMatchObject({ Topics: ['t'] });
    expect(request('{ type: self-managed-kafka, name: t, bootstrapServers: "a:1, b:2" }')).toEqual({
      FunctionName: 'function',
      Topics: ['t'],
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['a:1', 'b:2'] } },
      SourceAccessConfigurations: [
        { Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:millrace-kafka-AbCdEf' },
      ],
    });
  });

  it('what is written stands as it is, also null', () => {
    const written = '{ EventSourceArn: null, FunctionName: other, Topics: null, BatchSize: -3 }';
    expect(request('{ type: msk, name: t }', written)).toEqual({
      EventSourceArn: null,
      FunctionName: 'other',
      Topics: null,
      BatchSize: -3,
    });
  });

  it('committed offsets by topic-partition', () => {
    expect(source('{ type: msk, name: clicks, partitions: 3, committed: { clicks-0: 5, "2": 7 } }')).toMatchObject({
      committed: { 0: 5, 2: 7 },
    });
  });
});

describe('functions', () => {
  const duration = (text: string) =>
    plan(`source: { type: sqs }\nfunction: { duration: ${text} }`).functions[0]?.duration;

  it.each([
    ['0', { kind: 'fixed', ms: 0 }],
    ['2m', { kind: 'fixed', ms: 120_000 }],
    ['{ min: 1ms, max: 1s }', { kind: 'uniform', minMs: 1, maxMs: 1000 }],
    ['{ base: 1s, perRecord: 2ms }', { kind: 'linear', baseMs: 1000, perRecordMs: 2 }],
    ['{ perRecord: 2ms }', { kind: 'linear', baseMs: 0, perRecordMs: 2 }],
  ])('duration %s', (text, expected) => {
    expect(duration(text)).toEqual(expected);
  });

  it('behavior rules, also one that answers null', () => {
    const text = `
source: { type: sqs }
function:
  behavior:
    - { match: { body: { a: [1] } }, attempts: 2, do: throw, duration: 1s }
    - { do: return, value: null, on: final-window }
`;
    expect(plan(text).functions[0]?.behavior).toEqual([
      { match: { body: { a: [1] } }, attempts: 2, do: 'throw', durationMs: 1000 },
      { do: 'return', value: null, on: 'final-window' },
    ]);
  });

  it('a handler names its file and export', () => {
    const handler = (text: string) =>
      plan(`source: { type: sqs }\nfunction: { handler: ${text} }`).functions[0]?.handler;
    expect(handler('./h.mjs#go')).toEqual({ file: './h.mjs', export: 'go' });
    expect(handler('./h.mjs')).toEqual({ file: './h.mjs', export: '' });
  });
});

describe('plural form', () => {
  const text = `
sources: [{ type: kinesis, name: a }, { type: sqs, name: b }, { type: sqs, name: c }]
functions: [{ name: f }, { name: g }]
mappings:
  - { name: m, source: a, function: g, createdAt: 1s, parameters: { StartingPosition: LATEST } }
  - { source: b, function: f }
records:
  - { source: b, body: x }
  - { source: a, key: k }
fixtures: [{ source: b, file: f.jsonl, speed: 0.5x }]
events:
  - { at: 2s, do: disable, mapping: m }
  - { at: 1s, do: purge, source: c }
  - { do: split-shard }
  - { do: set-concurrency, function: g, concurrency: 5 }
  - { do: set-concurrency, concurrency: 7 }
`;

  it('references become indexes, events are sorted, an event goes to the only source it can mean', () => {
    const { plan: read1, arrivals, fixtures } = read(text);
    expect(read1.plural).toBe(true);
    expect(
      read1.mappings.map(({ name, source, function: target, createdAtMs }) => [name, source, target, createdAtMs]),
    ).toEqual([
      ['m', 0, 1, 1000],
      ['b-f', 1, 0, 0],
    ]);
    expect(read1.events).toEqual([
      { atMs: 0, do: 'split-shard', source: 0 },
      { atMs: 0, do: 'set-concurrency', function: 1, reserved: 5 },
      { atMs: 0, do: 'set-concurrency', function: 0, account: 7 },
      { atMs: 1000, do: 'purge', source: 2 },
      { atMs: 2000, do: 'disable', mapping: 0 },
    ]);
    expect(arrivals.map((one) => [one.source, one.id])).toEqual([
      [1, 'r1'],
      [0, 'r2'],
    ]);
    expect(fixtures).toEqual([{ file: 'f.jsonl', source: 1, speed: 0.5, path: ['fixtures', 0] }]);
  });
});

describe('JSON', () => {
  it('is read like YAML, with lines', () => {
    const answer = readScenario('{\n "source": {\n  "type": "sqs",\n  "delai": "1s"\n }\n}', { file: 's.json' });
    expect(answer).toMatchObject({ ok: false, problems: [{ line: 4, column: 3, field: 'source.delai' }] });
  });

  it('of many megabytes is read the quick way, and its problems still have lines', () => {
    const records = Array.from({ length: 30_000 }, (_, index) => `{"id":"record-${index}","body":"${'x'.repeat(20)}"}`);
    const text = (id: string) => `{"source":{"type":"sqs"},"records":[\n${records.join(',\n')},\n{"id":"${id}"}]}`;
    expect(text('last').length).toBeGreaterThan(1024 * 1024);
    expect(read(text('last')).arrivals).toHaveLength(30_001);
    expect(readScenario(text('record-7'), { file: 's.json' })).toMatchObject({
      problems: [{ line: 30_002, field: 'records[30000].id' }],
    });
  });
});
