/** Every fixture format through the real simulation: replayed, saved as a scenario, and run again with the same result. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HandlerGuard } from '../src/handlers/guard.ts';
import { simulationEngine } from '../src/wiring.ts';
import { scratch, session } from './support.ts';

const fixtures = fileURLToPath(new URL('../../simulation/test/fixtures', import.meta.url));
const demo = fileURLToPath(new URL('../../../demo', import.meta.url));

const replays: readonly { fixture: string; count: number; flags: readonly string[] }[] = [
  { fixture: 'orders.jsonl', count: 7, flags: [] },
  { fixture: 'untimed.jsonl', count: 3, flags: ['--source', 'kinesis'] },
  {
    fixture: 'flights.csv',
    count: 3,
    flags: ['--source', 'kinesis', '--key', 'origin', '--time', 'date', '--speed', '60x', '--shards', '2'],
  },
  { fixture: 'flights.csv', count: 3, flags: ['--source', 'msk', '--key', 'origin', '--partitions', '4'] },
  {
    fixture: 'rows.jsonl',
    count: 2,
    flags: ['--source', 'sqs', '--data', 'payload', '--time', 'when', '--batch-size', '1'],
  },
  { fixture: 'rows.jsonl', count: 2, flags: ['--source', 'sqs-fifo', '--key', 'customer', '--time', 'when'] },
  { fixture: 'kcat.jsonl', count: 2, flags: [] },
  {
    fixture: 'kinesis-get-records.json',
    count: 3,
    flags: ['--bisect-batch-on-function-error', '--maximum-retry-attempts', '2'],
  },
  { fixture: 'dynamodbstreams-get-records.json', count: 1, flags: [] },
  {
    fixture: 'sqs-receive-message.json',
    count: 2,
    flags: ['--visibility-timeout', '1m', '--redrive-max-receive-count', '2'],
  },
  { fixture: 'lambda-kinesis.jsonl', count: 3, flags: ['--parallelization-factor', '2'] },
  { fixture: 'lambda-dynamodb.json', count: 1, flags: ['--filter', '{"eventName":["INSERT"]}'] },
  { fixture: 'lambda-kafka.json', count: 3, flags: ['--duration', '20ms'] },
  {
    fixture: 'lambda-sqs.json',
    count: 1,
    flags: ['--handler', `${demo}/handler.mjs#handler`, '--redrive-max-receive-count', '2'],
  },
];

describe('a replay that is saved', () => {
  it.each(replays)('$fixture $flags', async ({ fixture, count, flags }) => {
    const file = join(scratch(), 'saved.yaml');
    const replayed = session({ engine: simulationEngine(new HandlerGuard()) });
    const code = await replayed.run('replay', join(fixtures, fixture), ...flags, '--json', '--save', file);
    expect([code, replayed.err]).toEqual([0, `Saved as ${file}: run it with millrace run ${file}\n`]);
    const again = session({ engine: simulationEngine(new HandlerGuard()) });
    expect(await again.run('run', file, '--json')).toBe(0);
    expect(again.out).toBe(replayed.out);
    const { records, violations } = JSON.parse(again.out) as { records: unknown[]; violations: unknown[] };
    expect([records.length, violations]).toEqual([count, []]);
    expect(readFileSync(file, 'utf8')).toMatch(/^fixture:/m);
  });

  it('names the flag of a wrong value, not a field of a file that nobody wrote', async () => {
    const cli = session({ engine: simulationEngine(new HandlerGuard()) });
    expect(await cli.run('replay', join(fixtures, 'orders.jsonl'), '--speed', '0x')).toBe(2);
    expect(cli.err).toBe('--speed must be more than 0, such as 10x.\n');
  });
});
