/** A terminal that remembers, a simulator that answers what the test says, and a command line between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { result } from '../../simulation/test/sample-runs.ts';
import { type Context, contextOf } from '../src/context.ts';
import type { Engine, Loaded, Run, RunOptions } from '../src/engine.ts';
import { runCommandLine } from '../src/program.ts';
import type { Terminal } from '../src/terminal.ts';

export interface Session {
  readonly context: Context;
  /** What was written so far. */
  out: string;
  err: string;
  /** What the simulator was asked. */
  readonly files: string[];
  readonly documents: Readonly<Record<string, unknown>>[];
  readonly runs: RunOptions[];
  /** Presses Ctrl-C. */
  interrupt: () => void;
  run(...args: string[]): Promise<number>;
}

export type Simulate = (options: RunOptions) => Run | Promise<Run>;

export interface SessionOptions {
  readonly simulate?: Simulate;
  readonly engine?: Partial<Engine>;
  readonly terminal?: Partial<Terminal>;
}

export function runOf(parts: Partial<Run> = {}): Run {
  return {
    result: result({}),
    totals: { invocations: 0, records: 0, fates: {}, deliveries: 0, discards: 0 },
    misses: [],
    exitCode: 0,
    ...parts,
  };
}

export function session(options: SessionOptions = {}): Session {
  const files: string[] = [];
  const documents: Readonly<Record<string, unknown>>[] = [];
  const runs: RunOptions[] = [];
  const loaded: Loaded = {
    run: async (runOptions) => {
      runs.push(runOptions);
      return (options.simulate ?? (() => runOf()))(runOptions);
    },
  };
  const engine: Engine = {
    load: async (file) => {
      files.push(file);
      return loaded;
    },
    build: async (document) => {
      documents.push(document);
      return loaded;
    },
    fixtureSource: async (_file, { kind }) => (kind === undefined ? {} : { type: kind }),
    schema: { title: 'a scenario' },
    ...options.engine,
  };
  const terminal: Terminal = {
    out: async (text) => {
      self.out += text;
    },
    err: (text) => {
      self.err += text;
    },
    onReaderGone: () => () => undefined,
    width: 100,
    colours: false,
    ascii: false,
    interactive: false,
    debug: false,
    ...options.terminal,
  };
  const context = contextOf(terminal, engine, (stop) => {
    self.interrupt = stop;
    return () => undefined;
  });
  const self: Session = {
    context,
    out: '',
    err: '',
    files,
    documents,
    runs,
    interrupt: () => undefined,
    run: (...args) => runCommandLine(args, context, '1.2.3'),
  };
  return self;
}

/** A directory of the test's own; it goes when the test ends. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
