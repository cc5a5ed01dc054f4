import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { readScenario } from '../src/scenario/read.ts';
import { scenarioSchema } from '../src/scenario/schema/scenario.ts';

/** What the format's page shows, field by field, in our own scenarios. */
const contract: Readonly<Record<string, string>> = {
  'the singular form': `
scenario: refused-record
seed: 7
start: 2026-01-01T00:00:00Z
until: 1h
region: us-east-1
accountId: "123456789012"
account: { concurrency: 1000 }
source: { type: kinesis, name: orders, shards: 1 }
mapping:
  StartingPosition: TRIM_HORIZON
  BatchSize: 3
  MaximumBatchingWindowInSeconds: 1
  MaximumRetryAttempts: 3
  FunctionResponseTypes: [ReportBatchItemFailures]
  DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:123456789012:failed" } }
mappingCreatedAt: 1s
function:
  name: consumer
  duration: 50ms
  behavior:
    - match: { data: { refused: [true] } }
      do: report
records:
  - { id: ok, at: 0s, key: a, data: { refused: false }, repeat: 5, every: 0ms }
  - { id: bad, at: 0s, key: a, data: { refused: true } }
expect:
  invocations: 6
  batches: [[ok.1, ok.2, ok.3], [ok.4, ok.5, bad], [bad], [bad], [bad], [bad]]
  deliveries: { ok.1: 1, bad: { min: 5, max: 5 } }
  fates: { ok.1: succeeded, bad: discarded }
  discards: [{ condition: RetryAttemptsExhausted, records: [bad], approximateInvokeCount: 4 }]
  errors: []
  queues: { dlq: 1 }
  metrics: { PolledEventCount: { min: 6 } }
  checkpoints: { shardId-000000000000: "1" }
  messages: [{ requestContext: { condition: RetryAttemptsExhausted } }]
  invocationsAt: [{ index: 0, startMs: { min: 0, max: 10 }, event: { Records: [] } }]
`,
  'queue options and records': `
source: { type: sqs, name: q, visibilityTimeout: 30s, retention: 4d, delay: 0s, redrive: { maxReceiveCount: 3, deadLetterQueue: dlq } }
records:
  - { body: text, delay: 5s, attributes: { Title: { type: String, value: x }, n: { type: Number, value: 6 } } }
  - { body: { a: 1 }, group: g }
`,
  'FIFO options and records': `
source: { type: sqs-fifo, name: q, contentBasedDeduplication: true }
records: [{ group: g, dedup: d, body: "" }]
`,
  'Kinesis options and records': `
source: { type: kinesis, name: s, shards: 4, retention: 24h, consumer: fast }
records: [{ key: a, data: text }, { key: b, data: { base64: AAEC } }, { explicitHashKey: "340282366920938463463374607431768211455" }]
`,
  'DynamoDB options and records': `
source: { type: dynamodb, name: t, shards: 2, viewType: KEYS_ONLY }
records:
  - { op: INSERT, keys: { id: a }, new: { id: a, n: 1, on: true } }
  - { op: REMOVE, keys: { id: { S: a } }, old: { id: { S: a } }, ttl: true }
`,
  'Kafka options and records': `
source: { type: msk, name: topic, partitions: 3, retention: 7d, committed: { topic-0: 5 }, bootstrapServers: [a:9092] }
records:
  - { partition: 2, key: k, value: v, headers: [{ h: x }, { h: y }], timestamp: 1767225600000 }
  - { value: null }
  - { key: { base64: AAEC }, value: { base64: AAEC } }
`,
  'self-managed Kafka and a fixture': `
source: { type: self-managed-kafka, name: topic }
fixture: ./clicks.jsonl
speed: 10x
records: []
`,
  'the function': `
source: { type: sqs }
function:
  name: f
  timeout: 3s
  reservedConcurrency: 5
  coldStart: 0ms
  duration: { base: 1ms, perRecord: 1ms }
  behavior:
    - { do: return, value: "" }
    - { match: { body: { a: [1] } }, attempts: 1, on: final-window, do: timeout, duration: 1s }
    - { do: exit }
    - { do: out-of-memory }
    - { do: too-large }
    - { do: throttle }
    - { do: unreachable }
`,
  'every event of a stream': `
source: { type: kinesis, name: s, shards: 2 }
events:
  - { at: 1s, do: update-mapping, set: { BatchSize: 5 } }
  - { at: 1s, do: disable }
  - { at: 2s, do: enable }
  - { at: 3s, do: split-shard, shard: shardId-000000000000 }
  - { at: 4s, do: merge-shards, shards: [shardId-000000000001, shardId-000000000002] }
  - { at: 5s, do: crash-poller }
  - { at: 6s, do: fail-destination, for: 5m, destination: "arn:aws:sqs:us-east-1:123456789012:failed" }
  - { at: 7s, do: throttle-function, for: 1s }
  - { at: 8s, do: set-concurrency, reservedConcurrency: 1 }
  - { at: 9s, do: delete-mapping }
  - at: 9s
    do: call
    api: GetEventSourceMapping
    with: { UUID: x }
    expect: { status: 404, body: {}, error: { code: ResourceNotFoundException, message: m } }
`,
  'events of other sources': `
sources: [{ type: msk, name: t }, { type: sqs, name: q }]
mappings: [{ name: m, source: t }]
events: [{ do: add-partitions, count: 2 }, { do: rebalance, mapping: m }, { do: purge, source: q }]
`,
  'the plural form': `
sources: [{ name: a, type: sqs }, { name: b, type: kinesis }]
functions: [{ name: f }, { name: g }]
mappings:
  - { name: m, source: a, function: f, createdAt: 1s, parameters: { BatchSize: 1 } }
  - { name: n, source: b, function: g, parameters: { StartingPosition: LATEST } }
records: [{ source: a, body: x }, { source: b, key: k, data: y }]
fixtures: [{ source: b, file: f.jsonl, speed: 2x }]
expect: { fates: { m: { r1: succeeded } } }
`,
};

describe('the scenario schema', () => {
  it('is strict JSON Schema of 2020-12: no keyword that a validator would pass over, but the editors’ own', () => {
    const ajv = new Ajv2020({
      strict: true,
      strictRequired: false,
      allowUnionTypes: true,
      strictTypes: false,
      discriminator: true,
    });
    ajv.addKeyword({ keyword: 'errorMessage', schemaType: 'string' });
    expect(() => ajv.compile(scenarioSchema)).not.toThrow();
    expect(ajv.validateSchema(scenarioSchema)).toBe(true);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(scenarioSchema))).toEqual(scenarioSchema);
  });

  it.each(Object.entries(contract))('accepts %s', (_name, text) => {
    const answer = readScenario(text, { file: 'contract.yaml' });
    expect(answer.ok ? [] : answer.problems.map((problem) => problem.message)).toEqual([]);
  });

  it('describes every field, so that an editor can', () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties } = node as { readonly properties?: Readonly<Record<string, Record<string, unknown>>> };
      for (const [name, field] of Object.entries(properties ?? {})) {
        const known = 'description' in field || '$ref' in field || 'enum' in field || path.includes('allOf');
        if (!known && field.title === undefined && !/\.(message|min|max)$/.test(`.${name}`))
          bare.push(`${path}.${name}`);
      }
      for (const [key, child] of Object.entries(node)) visit(child, `${path}/${key}`);
    };
    visit(scenarioSchema, '');
    expect(bare).toEqual([]);
  });
});
