import { describe, expect, it } from 'vitest';
import { normaliseScenario, readScenario } from '../src/scenario/read.ts';

const base = `source: { type: kinesis, name: s }
function: { name: f }
`;

/** All messages, first things first. */
function problems(text: string): string[] {
  const answer = readScenario(text, { file: 'x.yaml' });
  return answer.ok ? [] : answer.problems.map((problem) => problem.message);
}

describe('each mistake is one sentence with file, line and field', () => {
  it.each([
    [
      'unknown field',
      `${base}recods: []`,
      'x.yaml line 3: `recods` is not a field of a scenario; did you mean `records`?',
    ],
    [
      'unknown field of a source',
      'source: { type: kinesis, shardz: 2 }',
      'x.yaml line 1: `source.shardz` is not a field of a Kinesis source; did you mean `shards`?',
    ],
    [
      'field of another source',
      'source: { type: sqs, partitions: 2 }',
      'x.yaml line 1: `source.partitions` is not a field of an SQS source.',
    ],
    [
      'unknown type',
      'source:\n  type: kinessis',
      'x.yaml line 2: `source.type` must be one of sqs, sqs-fifo, kinesis, dynamodb, msk, self-managed-kafka, not "kinessis"; did you mean `kinesis`?',
    ],
    ['no type', 'source: { name: s }', 'x.yaml line 1: `source` needs the field `type`.'],
    ['Amazon MQ', 'source: { type: rabbitmq }', 'x.yaml line 1: `source.type`: Amazon MQ is not supported yet.'],
    [
      'DocumentDB',
      'source: { type: documentdb }',
      'x.yaml line 1: `source.type`: Amazon DocumentDB is not supported yet.',
    ],
    ['no source', 'seed: 1', 'x.yaml line 1: the scenario needs a `source` (or `sources`).'],
    [
      'unknown parameter',
      `${base}mapping:\n  BatchSise: 3`,
      'x.yaml line 4: `mapping.BatchSise` is not a field of the parameters of CreateEventSourceMapping; did you mean `BatchSize`?',
    ],
    ['negative number', `${base}seed: -1`, 'x.yaml line 3: `seed` must be a whole number of at least 0, not -1.'],
    [
      'negative shards',
      'source: { type: kinesis, shards: -2 }',
      'x.yaml line 1: `source.shards` must be a whole number of at least 1, not -2.',
    ],
    [
      'too many shards',
      'source: { type: kinesis, shards: 1000000 }',
      'x.yaml line 1: `source.shards` must be at most 100000, not 1000000.',
    ],
    [
      'negative duration',
      `${base}until: -1s`,
      'x.yaml line 3: `until` must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d, not "-1s".',
    ],
    [
      'duration without unit',
      `${base}records:\n  - { at: 5 }`,
      'x.yaml line 4: `records[0].at` must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d, not 5.',
    ],
    [
      'account as a number',
      `${base}accountId: 123456789012`,
      'x.yaml line 3: `accountId` must be text of 12 digits (put it in quotes), not 123456789012.',
    ],
    [
      'start that is no date',
      `${base}start: tomorrow`,
      'x.yaml line 3: `start` must be a date and time such as 2026-01-01T00:00:00Z, not "tomorrow".',
    ],
    [
      'start on a day that is none',
      `${base}start: 2026-02-30`,
      'x.yaml line 3: `start` must be a date and time such as 2026-01-01T00:00:00Z, not "2026-02-30".',
    ],
    [
      'unknown action',
      `${base.replace('f }', 'f, behavior: [{ do: trow }] }')}`,
      'x.yaml line 2: `function.behavior[0].do` must be one of report, throw, timeout, exit, out-of-memory, too-large, throttle, unreachable, return, not "trow"; did you mean `throw`?',
    ],
    [
      'return without value',
      base.replace('f }', 'f, behavior: [{ do: return }] }'),
      'x.yaml line 2: `function.behavior[0]` needs the field `value`, the answer to return.',
    ],
    [
      'value without return',
      base.replace('f }', 'f, behavior: [{ do: throw, value: 1 }] }'),
      'x.yaml line 2: `function.behavior[0].value` is only possible with `do: return`.',
    ],
    [
      'real and scripted',
      base.replace('f }', 'f, handler: ./h.mjs, behavior: [{ do: throw }] }'),
      'x.yaml line 2: `function.behavior` cannot stand beside `handler`: a function is either real code or scripted.',
    ],
    [
      'half a range',
      base.replace('f }', 'f, duration: { min: 1s } }'),
      'x.yaml line 2: `function.duration` must be one duration, both of { min, max }, or { base, perRecord }.',
    ],
    [
      'range upside down',
      base.replace('f }', 'f, duration: { min: 2s, max: 1s } }'),
      'x.yaml line 2: `function.duration.min` is longer than `max`.',
    ],
    [
      'duplicate id',
      `${base}records:\n  - { id: a }\n  - { id: a }`,
      'x.yaml line 5: `records[1].id` is the second record called `a`; ids must differ.',
    ],
    [
      'id of a repetition',
      `${base}records:\n  - { id: a.3 }\n  - { id: a, repeat: 3 }`,
      'x.yaml line 4: `records[0].id` is the second record called `a.3`; ids must differ.',
    ],
    [
      'default id taken',
      `${base}records:\n  - { id: r2 }\n  - { key: k }`,
      'x.yaml line 5: `records[1].id` is the second record called `r2`; ids must differ.',
    ],
    [
      'repeat 0',
      `${base}records:\n  - { repeat: 0 }`,
      'x.yaml line 4: `records[0].repeat` must be a whole number of at least 1, not 0.',
    ],
    [
      'field of another record',
      `${base}records:\n  - { body: x }`,
      'x.yaml line 4: `records[0].body` is not a field of a Kinesis record.',
    ],
    [
      'bad base64',
      `${base}records:\n  - { data: { base64: "a" } }`,
      'x.yaml line 4: `records[0].data.base64` must be base64 with its padding, not "a".',
    ],
    [
      'bad hash key',
      `${base}records:\n  - { explicitHashKey: "-1" }`,
      'x.yaml line 4: `records[0].explicitHashKey` must be a decimal number from 0 to 2^128-1, in quotes, not "-1".',
    ],
    [
      'no keys',
      'source: { type: dynamodb }\nrecords:\n  - { new: { a: 1 } }',
      'x.yaml line 3: `records[0]` needs the field `keys`.',
    ],
    [
      'ttl on insert',
      'source: { type: dynamodb }\nrecords:\n  - { op: INSERT, keys: { a: 1 }, ttl: true }',
      'x.yaml line 3: `records[0].ttl` is only possible with op REMOVE.',
    ],
    [
      'partition beyond',
      'source: { type: msk, partitions: 2 }\nrecords:\n  - { partition: 2 }',
      'x.yaml line 3: `records[0].partition` is 2, and the source has 2 (0 to 1); set `partitions` of the source.',
    ],
    [
      'delay on FIFO',
      'source: { type: sqs-fifo }\nrecords:\n  - { delay: 1s }',
      'x.yaml line 3: `records[0].delay` is not possible on a FIFO queue; set `delay` of the source instead.',
    ],
    [
      'committed beyond',
      'source: { type: msk, name: t, committed: { t-1: 5 } }',
      'x.yaml line 1: `source.committed.t-1` is no partition of the source: write t-0 to t-0.',
    ],
    [
      'unknown event',
      `${base}events:\n  - { do: purg }`,
      'x.yaml line 4: `events[0].do` must be one of update-mapping, disable, enable, delete-mapping, crash-poller, rebalance, split-shard, merge-shards, add-partitions, purge, fail-destination, throttle-function, set-concurrency, call, not "purg"; did you mean `purge`?',
    ],
    [
      'event of another source',
      `${base}events:\n  - { do: purge }`,
      'x.yaml line 4: `events[0].do` cannot be `purge` with a source of type kinesis.',
    ],
    [
      'event without its field',
      `${base}events:\n  - { do: throttle-function }`,
      'x.yaml line 4: `events[0]` needs the field `for`.',
    ],
    [
      'unknown API',
      `${base}events:\n  - { do: call, api: GetEventSourceMaping }`,
      'x.yaml line 4: `events[0].api` must be one of CreateEventSourceMapping, GetEventSourceMapping, UpdateEventSourceMapping, DeleteEventSourceMapping, ListEventSourceMappings, TagResource, UntagResource, ListTags, not "GetEventSourceMaping"; did you mean `GetEventSourceMapping`?',
    ],
    [
      'unknown mapping',
      `${base}events:\n  - { do: disable, mapping: s-g }`,
      'x.yaml line 4: `events[0].mapping` names the mapping "s-g", and there is `s-f`; did you mean `s-f`?',
    ],
    [
      'nothing to set',
      `${base}events:\n  - { do: set-concurrency }`,
      'x.yaml line 4: `events[0]` needs `reservedConcurrency` (of the function) or `account` (of the region).',
    ],
    [
      'live source',
      'source: { type: sqs, endpoint: "http://x" }',
      'x.yaml line 1: `source.endpoint` runs live only: take it out to run the scenario in virtual time.',
    ],
    [
      'live function',
      base.replace('f }', 'f, memory: 128 }'),
      'x.yaml line 2: `function.memory` runs live only: take it out to run the scenario in virtual time.',
    ],
    [
      'load',
      `${base}load: [{ rate: 500/s }]`,
      'x.yaml line 3: `load` runs live only: take it out to run the scenario in virtual time.',
    ],
    [
      'redis',
      `${base}redis: redis://127.0.0.1`,
      'x.yaml line 3: `redis` runs live only: take it out to run the scenario in virtual time.',
    ],
    [
      'live expectation',
      `${base}expect: { latencyMs: { p99: 1 } }`,
      'x.yaml line 3: `expect.latencyMs` runs live only: take it out to run the scenario in virtual time.',
    ],
    [
      'misspelt fate',
      `${base}expect: { fates: { a: sucseeded } }`,
      'x.yaml line 3: `expect.fates.a` must be one of succeeded, filtered, discarded, dead-lettered, expired, removed, deduplicated, skipped, pending, not "sucseeded".',
    ],
    [
      'misspelt expectation',
      `${base}expect: { invocation: 1 }`,
      'x.yaml line 3: `expect.invocation` is not a field of expect; did you mean `invocations`?',
    ],
    ['speed 0', `${base}fixture: f.jsonl\nspeed: 0x`, 'x.yaml line 4: `speed` must be more than 0, such as 10x.'],
    [
      'both forms',
      `${base}sources: []`,
      'x.yaml line 1: `source` cannot stand beside `sources`; write one or the other.',
    ],
    [
      'no YAML',
      'source: [',
      'x.yaml line 1: the file is not readable as YAML or JSON: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
    [
      'a key twice',
      'seed: 1\nseed: 2',
      'x.yaml line 2: the file is not readable as YAML or JSON: Map keys must be unique.',
    ],
    ['a list', '- 1', 'x.yaml line 1: a scenario is a block of fields such as `source:` and `records:`, not [1].'],
    ['empty', ' \n', 'x.yaml: the file is empty; `millrace init` writes a scenario to start from.'],
  ])('%s', (_what, text, sentence) => {
    expect(problems(text)[0]).toBe(sentence);
  });

  const two = 'sources: [{ type: sqs, name: a }, { type: sqs, name: b }]\nfunctions: [{ name: f }, { name: g }]\n';

  it.each([
    [
      'which source',
      `${two}mappings:\n  - { function: f }`,
      'x.yaml line 4: `mappings[0]` does not say which source it means: add `source` with one of a, b.',
    ],
    [
      'which function',
      `${two}mappings:\n  - { source: a }`,
      'x.yaml line 4: `mappings[0]` does not say which function it means: add `function` with one of f, g.',
    ],
    [
      'unknown source',
      `${two}mappings:\n  - { source: c, function: f }`,
      'x.yaml line 4: `mappings[0].source` names the source "c", and there is `a`, `b`.',
    ],
    [
      'same name',
      `${two}mappings:\n  - { source: a, function: f, name: m }\n  - { source: b, function: f, name: m }`,
      'x.yaml line 5: `mappings[1].name` is the second mapping called `m`; names must differ.',
    ],
    [
      'same source',
      'sources: [{ type: sqs, name: a }, { type: sqs, name: a }]\nmappings: []',
      'x.yaml line 1: `sources[1].name` is the second source called `a`; names must differ.',
    ],
    [
      'no name',
      'sources: [{ type: sqs, name: a }, { type: sqs }]\nmappings: []',
      'x.yaml line 1: `sources[1]` needs the field `name`.',
    ],
    [
      'whose record',
      `${two}mappings: []\nrecords:\n  - { body: x }`,
      'x.yaml line 5: `records[0]` does not say which source it means: add `source` with one of a, b.',
    ],
    [
      'record of another source',
      `${two}mappings: []\nrecords:\n  - { source: a, key: x }`,
      'x.yaml line 5: `records[0].key` is not a field of a record of a source of type sqs.',
    ],
    [
      'whose event',
      `${two}mappings: []\nevents:\n  - { do: purge }`,
      'x.yaml line 5: `events[0]` does not say which source it means: add `source` with one of a, b.',
    ],
  ])('plural form: %s', (_what, text, sentence) => {
    expect(problems(text)[0]).toBe(sentence);
  });

  it('several problems come in the order of the file', () => {
    const text = 'seed: -1\nsource: { type: sqs }\nrecords:\n  - { boddy: 1 }\n  - { at: 7 }\n';
    expect(problems(text).map((message) => message.slice(0, 14))).toEqual([
      'x.yaml line 1:',
      'x.yaml line 4:',
      'x.yaml line 5:',
    ]);
  });

  it('standard input is called by its name', () => {
    const answer = readScenario('seed: x', { file: '-' });
    expect(answer.ok ? '' : answer.problems[0]?.message).toBe(
      'standard input line 1: `seed` must be a whole number of at least 0, not "x".',
    );
  });
});

describe('files that mean harm', () => {
  it('aliases of aliases are refused, not expanded', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inside = level === 0 ? '1' : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array(10).fill(inside).join(',')}]`;
    });
    expect(problems(levels.join('\n'))).toEqual([
      'x.yaml: its YAML aliases stand for too much (aliases of aliases); write the values out.',
    ]);
  });

  it('honest aliases are fine', () => {
    const text = `${base}x-none: 1`.replace(
      'x-none: 1',
      'records:\n  - { id: a, data: &d { n: 1 } }\n  - { id: b, data: *d }',
    );
    expect(problems(text)).toEqual([]);
  });

  it('a file of 17 MB is refused before it is parsed', () => {
    const [message] = problems(`# ${'x'.repeat(17 * 1024 * 1024)}`);
    expect(message).toMatch(
      /^x\.yaml: the scenario is larger than 16 MB \(\d+ characters\); put its records into a fixture/,
    );
  });

  it('a key called __proto__ changes nothing', () => {
    expect(problems(`${base}__proto__: { polluted: true }`)[0]).toContain('is not a field of a scenario');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('documents from code', () => {
  it('problems name the field alone', () => {
    expect(normaliseScenario({ source: { type: 'sqs' }, records: [{ at: 5 }] })).toEqual({
      ok: false,
      problems: [
        {
          file: 'scenario',
          field: 'records[0].at',
          message: 'scenario: `records[0].at` must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d, not 5.',
        },
      ],
    });
  });

  it.each([[undefined], [null], [[]], ['text'], [7]])('%j is no scenario', (value) => {
    expect(normaliseScenario(value).ok).toBe(false);
  });
});
