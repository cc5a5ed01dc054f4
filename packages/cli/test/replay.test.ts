/** `replay`: flags become a scenario; every parameter of AWS has its flag; what is saved reads back the same. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenario } from '@millrace/simulation';
import { describe, expect, it } from 'vitest';
import { parameterDescriptions } from '../../simulation/src/scenario/parameters.ts';
import { parseText } from '../../simulation/src/scenario/text.ts';
import { relocated } from '../src/commands/replay-document.ts';
import { flagOf, kebab, mappingParameters } from '../src/options/mapping-parameters.ts';
import { yamlLines } from '../src/output/yaml.ts';
import { scratch, session } from './support.ts';

async function documentOf(...args: string[]): Promise<Record<string, unknown>> {
  const cli = session();
  const code = await cli.run('replay', ...args);
  expect([code, cli.err]).toEqual([0, '']);
  return { ...cli.documents[0] };
}

describe('mapping flags', () => {
  it('exist for every parameter of CreateEventSourceMapping', () => {
    const flagged = new Set(mappingParameters.map((parameter) => parameter.path.split('.')[0]));
    const missing = Object.keys(parameterDescriptions).filter((name) => !flagged.has(name));
    expect(missing).toEqual([]);
  });

  it.each([
    ['BisectBatchOnFunctionError', 'bisect-batch-on-function-error'],
    ['DocumentDBEventSourceConfig', 'document-db-event-source-config'],
    ['KMSKeyArn', 'kms-key-arn'],
    ['MaximumRecordAgeInSeconds', 'maximum-record-age-in-seconds'],
  ])('%s is --%s', (name, flag) => expect(kebab(name)).toBe(flag));

  const values: Readonly<Record<string, [string[], unknown]>> = {
    whole: [['7'], 7],
    number: [['1.5'], 1.5],
    text: [['x'], 'x'],
    switch: [[], true],
    boolean: [['false'], false],
    list: [['a,b'], ['a', 'b']],
    json: [['{"a":[1]}'], { a: [1] }],
  };

  it.each(mappingParameters.map((parameter) => [flagOf(parameter), parameter] as const))(
    '--%s reaches the request',
    async (flag, parameter) => {
      const [args, value] = values[parameter.kind] ?? [[], undefined];
      const document = await documentOf('f.jsonl', '--source', 'sqs', `--${flag}`, ...args);
      const found = parameter.path
        .split('.')
        .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], document.mapping);
      expect(found).toEqual(value);
    },
  );

  it('takes negative numbers, several filters, and parts of one structure', async () => {
    const { mapping } = await documentOf(
      'f',
      '--source',
      'kinesis',
      '--maximum-retry-attempts',
      '-1',
      '--filter',
      '{"a":[1]}',
      '--filter',
      '{"b":[2]}',
      '--minimum-pollers',
      '1',
      '--maximum-pollers',
      '2',
    );
    expect(mapping).toEqual({
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: -1,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 },
      FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }, { Pattern: '{"b":[2]}' }] },
    });
  });
});

describe('the scenario of a replay', () => {
  it('has all that the flags say', async () => {
    const flags = [
      '--shards',
      '4',
      '--name',
      'orders',
      '--retention',
      '48h',
      '--speed',
      '10x',
      '--key',
      'k',
      '--time',
      't',
      '--handler',
      './h.mjs#fn',
      '--function-timeout',
      '10s',
      '--duration',
      '20ms',
      '--cold-start',
      '1s',
      '--reserved-concurrency',
      '5',
      '--account-concurrency',
      '50',
      '--seed',
      '3',
    ];
    expect(
      await documentOf('dir/orders.csv.gz', '--source', 'kinesis', '--starting-position', 'LATEST', ...flags),
    ).toEqual({
      scenario: 'orders',
      seed: 3,
      source: { type: 'kinesis', name: 'orders', shards: 4, retention: '48h' },
      mapping: { StartingPosition: 'LATEST' },
      function: { handler: './h.mjs#fn', timeout: '10s', duration: '20ms', coldStart: '1s', reservedConcurrency: 5 },
      account: { concurrency: 50 },
      fixture: { file: 'dir/orders.csv.gz', key: 'k', time: 't' },
      speed: '10x',
    });
  });

  it('knows a queue: redrive, and no starting position', async () => {
    const { source, mapping } = await documentOf(
      'm.json',
      '--source',
      'sqs',
      '--redrive-max-receive-count',
      '3',
      '--visibility-timeout',
      '1m',
      '--batch-size',
      '1',
    );
    expect(source).toEqual({
      type: 'sqs',
      visibilityTimeout: '1m',
      redrive: { maxReceiveCount: 3, deadLetterQueue: 'dead-letters' },
    });
    expect(mapping).toEqual({ BatchSize: 1 });
  });

  it('takes the source from the fixture, and lets flags win', async () => {
    const fixtureSource = async () => ({ type: 'kinesis', name: 'flights', shards: 4 });
    const cli = session({ engine: { fixtureSource } });
    await cli.run('replay', 'f.jsonl', '--shards', '2');
    await cli.run('replay', 'f.jsonl', '--source', 'msk', '--partitions', '3');
    expect(cli.documents.map((document) => document.source)).toEqual([
      { type: 'kinesis', name: 'flights', shards: 2 },
      { type: 'msk', partitions: 3 },
    ]);
  });
});

describe('--save', () => {
  it('writes a scenario that reads back as the one that ran, and never overwrites', async () => {
    const directory = scratch();
    const file = join(directory, 'saved.yaml');
    const fixture = join(directory, 'f.jsonl');
    writeFileSync(fixture, '');
    const cli = session();
    const args = [
      'replay',
      fixture,
      '--source',
      'kinesis',
      '--bisect-batch-on-function-error',
      '--function-response-types',
      'ReportBatchItemFailures',
      '--filter',
      '{"data":{"a":[1]}}',
      '--save',
      file,
    ];
    expect(await cli.run(...args)).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(parseText(text, file)).toMatchObject({ ok: true, value: cli.documents[0] });
    expect(readScenario(text, { file })).toMatchObject({ ok: true });
    expect(cli.err).toContain(`Saved as ${file}`);
    cli.err = '';
    expect(await cli.run(...args)).toBe(2);
    expect(cli.err).toBe(`${file}: it exists already; add --force to overwrite it.\n`);
    expect(await cli.run(...args, '--force')).toBe(0);
  });

  it('refuses standard input, which cannot be read again', async () => {
    const cli = session();
    expect(await cli.run('replay', '-', '--source', 'sqs', '--save', join(scratch(), 'x.yaml'))).toBe(2);
    expect(cli.err).toContain('--save cannot save a replay of standard input');
  });

  it('leads from its own directory to the same files', () => {
    const document = { fixture: { file: 'data/f.csv', key: 'k' }, function: { handler: './src/h.mjs#fn' } };
    expect(relocated(document, 'scenarios/s.yaml', '/work')).toEqual({
      fixture: { file: '../data/f.csv', key: 'k' },
      function: { handler: '../src/h.mjs#fn' },
    });
    expect(relocated({ fixture: '/abs/f.csv' }, 's.yaml', '/work')).toEqual({ fixture: '/abs/f.csv' });
  });
});

describe('yaml', () => {
  it.each([
    [{ a: 'plain', b: 'yes', c: '10', d: 'a: b', e: '', f: '# no', g: 'a#b' }],
    [{ list: ['a', 1, true, null], maps: [{ a: { b: 1 }, c: 'd' }, {}, [1]], none: {}, empty: [] }],
    [{ 'odd key: x': 1, nested: { deep: { deeper: [{ Pattern: '{"a":["b"]}' }] } } }],
    [{ text: 'zwei\nZeilen', emoji: '⧖', number: -1.5, date: '2026-01-01', null: 'null' }],
  ])('%j reads back the same', (value) => {
    expect(parseText(`${yamlLines(value).join('\n')}\n`, 'x.yaml')).toMatchObject({ ok: true, value });
  });
});
