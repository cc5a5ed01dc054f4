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

const replays: readonly (readonly [string, number, ...string[]])[] = [
  ['orders.jsonl', 7],
  ['untimed.jsonl', 3, '--source', 'kinesis'],
  ['flights.csv', 3, '--source', 'kinesis', '--key', 'origin', '--time', 'date', '--speed', '60x', '--shards', '2'],
  ['flights.csv', 3, '--source', 'msk', '--key', 'origin', '--partitions', '4'],
  ['rows.jsonl', 2, '--source', 'sqs', '--data', 'payload', '--time', 'when', '--batch-size', '1'],
  ['rows.jsonl', 2, '--source', 'sqs-fifo', '--key', 'customer', '--time', 'when'],
  ['kcat.jsonl', 2],
  ['kinesis-get-records.json', 3, '--bisect-batch-on-function-error', '--maximum-retry-attempts', '2'],
  ['dynamodbstreams-get-records.json', 1],
  ['sqs-receive-message.json', 2, '--visibility-timeout', '1m', '--redrive-max-receive-count', '2'],
  ['lambda-kinesis.jsonl', 3, '--parallelization-factor', '2'],
  ['lambda-dynamodb.json', 1, '--filter', '{"eventName":["INSERT"]}'],
  ['lambda-kafka.json', 3, '--duration', '20ms'],
  ['lambda-sqs.json', 1, '--handler', `${demo}/handler.mjs#reporting`],
];

describe('a replay that is saved', () => {
  it.each(replays)('%s (%i records)', async (fixture, count, ...flags) => {
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
