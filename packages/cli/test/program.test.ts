/** The command line as a whole: help, versions, exit codes, and one sentence for whatever is wrong. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { runOf, session } from './support.ts';

const commands = ['run', 'replay', 'explain', 'rules', 'schema', 'init'];

describe('help', () => {
  it.each([[], ...commands.map((name) => [name])])('millrace %s --help has examples', async (...args) => {
    const cli = session();
    expect(await cli.run(...args.flat(), '--help')).toBe(0);
    expect(cli.out).toMatch(/\nExamples:\n {2}millrace /);
    expect(cli.err).toBe('');
  });

  it('names every command', async () => {
    const cli = session();
    await cli.run('--help');
    for (const name of commands) expect(cli.out).toContain(`\n  ${name} `);
  });

  it('prints the version', async () => {
    const cli = session();
    expect(await cli.run('--version')).toBe(0);
    expect(cli.out).toBe('1.2.3\n');
  });
});

describe('bad command lines', () => {
  it.each([
    [['run'], "Missing required argument 'scenario'."],
    [['rnu', 'x'], "Unknown command 'rnu'. Did you mean run?"],
    [['run', 'x', '--jsno'], "Unknown option '--jsno'. Did you mean --json?"],
    [
      ['run', 'x', '--seed', '-1'],
      "Option '--seed <n>' argument '-1' is invalid. A seed is a whole number of at least 0.",
    ],
    [
      ['run', 'x', '--until', '5'],
      "Option '--until <duration>' argument '5' is invalid. It must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d.",
    ],
    [['replay', 'x', '--source', 'mq'], /'mq' is invalid. Allowed choices are sqs, sqs-fifo/],
    [
      ['replay', 'x', '--batch-size', 'many'],
      "Option '--batch-size <n>' argument 'many' is invalid. It must be a whole number.",
    ],
    [['replay', 'x', '--filter-criteria', '{'], /It must be JSON/],
    [['replay', 'x'], /x: the file does not say what it was recorded from; add --source with one of sqs/],
    [['replay', 'x', '--source', 'sqs', '--redrive-queue', 'q'], '--redrive-queue needs --redrive-max-receive-count.'],
    [['rules', 'no.such-rule'], /There is no rule "no.such-rule"/],
    [['rules', '--area', 'nothing'], /There is no area "nothing"; the areas are /],
    [
      ['run', 'x', '--trace', '/no/such/dir/t.jsonl'],
      '/no/such/dir/t.jsonl: cannot write it, because there is no such file or directory.',
    ],
    [['explain', '/no/such/file'], '/no/such/file: cannot read it, because there is no such file or directory.'],
  ])('%j exits 2 with one sentence', async (args, message) => {
    const cli = session();
    expect(await cli.run(...args)).toBe(2);
    expect(cli.err.trim().split('\n')).toHaveLength(1);
    if (typeof message === 'string') expect(cli.err.trim()).toBe(message);
    else expect(cli.err).toMatch(message);
    expect(cli.out).toBe('');
  });
});

describe('exit codes', () => {
  it.each([0, 1, 2] as const)('passes on %i from the run', async (exitCode) => {
    expect(await session({ simulate: () => runOf({ exitCode }) }).run('run', 'x.yaml')).toBe(exitCode);
  });

  it('prints each problem of a file on a line of its own', async () => {
    const load = async () => {
      throw new UsageError(['x.yaml line 2: a', 'x.yaml line 3: b']);
    };
    const cli = session({ engine: { load } });
    expect(await cli.run('run', 'x.yaml')).toBe(2);
    expect(cli.err).toBe('x.yaml line 2: a\nx.yaml line 3: b\n');
  });

  it('calls a bug a bug, and shows its stack only when asked', async () => {
    const simulate = (): never => {
      throw new TypeError('x is undefined');
    };
    const cli = session({ simulate });
    expect(await cli.run('run', 'x.yaml')).toBe(70);
    expect(cli.err).toMatch(/^This is a bug in millrace: x is undefined\nPlease report it .*MILLRACE_DEBUG=1.*\n$/);
    const debugging = session({ simulate, terminal: { debug: true } });
    await debugging.run('run', 'x.yaml');
    expect(debugging.err).toContain('    at ');
  });
});
