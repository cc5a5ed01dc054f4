/** `run`: what reaches the simulator, what is printed, what becomes of the trace and of Ctrl-C. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceHeader } from '@millrace/simulation';
import { describe, expect, it } from 'vitest';
import { poisonRun } from '../../simulation/test/sample-runs.ts';
import { poisonTrace } from '../../simulation/test/sample-trace.ts';
import type { RunOptions } from '../src/engine.ts';
import { runOf, scratch, session } from './support.ts';

const header: TraceHeader = {
  'millrace-trace': 1,
  scenario: 'x',
  seed: 1,
  startMs: 0,
  plural: false,
  sources: [],
  mappings: [],
  functions: [],
};
const totals = {
  invocations: 6,
  records: 6,
  fates: { succeeded: 5, discarded: 1 },
  deliveries: 10,
  discards: 1,
} as const;
const miss = { path: 'expect.invocations', expected: 5, actual: 6, message: 'there were 6 invocations' };

function poison(options: RunOptions) {
  options.onHeader?.(header);
  for (const line of poisonTrace()) options.onLine?.(line);
  return runOf({ result: poisonRun(), totals });
}

describe('run', () => {
  it('prints timeline and summary for a person', async () => {
    const cli = session({ simulate: poison });
    expect(await cli.run('run', 'x.yaml')).toBe(0);
    expect(cli.files).toEqual(['x.yaml']);
    expect(cli.out).toContain('shardId-000000000000      ━◐');
    expect(cli.out).toContain('5 succeeded   1 discarded');
    expect(cli.err).toBe('');
  });

  it('hands its flags to the simulator', async () => {
    const cli = session();
    await cli.run('run', 'x.yaml', '--seed', '42', '--until', '1.5h', '--events', '--summary');
    expect(cli.runs[0]).toMatchObject({ seed: 42, untilMs: 5_400_000, events: true, summary: true });
    expect(cli.runs[0]?.onLine).toBeUndefined();
  });

  it('prints nothing but JSON with --json, and misses on standard error', async () => {
    const cli = session({ simulate: (options) => ({ ...poison(options), misses: [miss], exitCode: 1 }) });
    expect(await cli.run('run', 'x.yaml', '--json')).toBe(1);
    expect(JSON.parse(cli.out)).toEqual({ ...poisonRun(), misses: [miss] });
    expect(cli.err).toContain('expect.invocations: there were 6 invocations');
  });

  it('counts instead of listing with --json --summary', async () => {
    const cli = session({ simulate: poison });
    await cli.run('run', 'x.yaml', '--json', '--summary');
    const { invocations, records, ...rest } = poisonRun();
    expect(JSON.parse(cli.out)).toEqual({ ...rest, totals });
    expect([invocations.length, records.length]).toEqual([6, 6]);
  });

  it('uses colours only where it was told to', async () => {
    const plain = session({ simulate: poison });
    const coloured = session({ simulate: poison, terminal: { colours: true } });
    await plain.run('run', 'x.yaml');
    await coloured.run('run', 'x.yaml');
    expect(plain.out).not.toContain('\u001b');
    expect(coloured.out).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
    expect(coloured.out.replace(/\u001b\[\d+m/g, '')).toBe(plain.out);
  });
});

describe('--trace', () => {
  it('writes header and lines, and leaves no partial file', async () => {
    const file = join(scratch(), 't.jsonl');
    expect(await session({ simulate: poison }).run('run', 'x.yaml', '--trace', file)).toBe(0);
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([header, ...poisonTrace()]);
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  it('leaves nothing when the run fails', async () => {
    const file = join(scratch(), 't.jsonl');
    const simulate = (options: RunOptions): never => {
      poison(options);
      throw new Error('broken');
    };
    expect(await session({ simulate }).run('run', 'x.yaml', '--trace', file)).toBe(70);
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
  });

  it('keeps whole lines under the partial name when interrupted, says what is known, and exits 130', async () => {
    const file = join(scratch(), 't.jsonl');
    const cli = session({
      simulate: (options) => {
        cli.interrupt();
        expect(options.signal?.aborted).toBe(true);
        return poison(options);
      },
    });
    expect(await cli.run('run', 'x.yaml', '--trace', file)).toBe(130);
    expect(existsSync(file)).toBe(false);
    const text = readFileSync(`${file}.partial`, 'utf8');
    expect(text.endsWith('}\n')).toBe(true);
    expect(text.trimEnd().split('\n')).toHaveLength(poisonTrace().length + 1);
    expect(cli.out).toContain('Records');
    expect(cli.err).toContain(`The trace so far is in ${file}.partial.`);
  });

  it('does not wait for a run that cannot stop', async () => {
    const file = join(scratch(), 't.jsonl');
    const cli = session({
      simulate: (options) => {
        options.onHeader?.(header);
        cli.interrupt();
        return new Promise(() => undefined);
      },
    });
    expect(await cli.run('run', 'x.yaml', '--trace', file)).toBe(130);
    expect(cli.err).toBe(`Interrupted.\nThe trace so far is in ${file}.partial.\n`);
    expect(readFileSync(`${file}.partial`, 'utf8')).toBe(`${JSON.stringify(header)}\n`);
  });

  it('writes more than one chunk without a gap', async () => {
    const file = join(scratch(), 'big.jsonl');
    const count = 30_000;
    const simulate = (options: RunOptions) => {
      for (let seq = 1; seq <= count; seq += 1)
        options.onLine?.({ seq, at: seq, what: 'arrived', records: [`é-${seq}`.padEnd(60, '.')] });
      return runOf();
    };
    await session({ simulate }).run('run', 'x.yaml', '--trace', file);
    const seqs = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  });
});

describe('explain', () => {
  it('explains a record from a scenario, or from the trace that it wrote', async () => {
    const directory = scratch();
    const file = join(directory, 't.jsonl');
    await session({ simulate: poison }).run('run', 'x.yaml', '--trace', file);
    const fromTrace = session();
    expect(await fromTrace.run('explain', file, 'bad')).toBe(0);
    expect(fromTrace.out).toMatch(/^bad was delivered 3 times by orders-consumer because/);
    expect(fromTrace.runs).toEqual([]);
    const scenario = join(directory, 'x.yaml');
    writeFileSync(scenario, 'scenario: x\n');
    const fromScenario = session({ simulate: poison });
    await fromScenario.run('explain', scenario, 'bad', '--seed', '9');
    expect(fromScenario.out).toBe(fromTrace.out);
    expect(fromScenario.runs[0]).toMatchObject({ seed: 9, summary: true });
  });

  it('explains a run, and refuses a record that is not there with close ids', async () => {
    const file = join(scratch(), 't.jsonl');
    await session({ simulate: poison }).run('run', 'x.yaml', '--trace', file);
    const cli = session();
    expect(await cli.run('explain', file)).toBe(0);
    expect(cli.out).toContain('6 invocations for 2 batches');
    expect(await cli.run('explain', file, 'ok.9')).toBe(2);
    expect(cli.err).toBe(`${file}: there is no record "ok.9" in it. Close to it: ok.1, ok.2, ok.3.\n`);
  });
});
