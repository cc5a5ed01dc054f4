import process from 'node:process';
import type { Look } from '@millrace/simulation';
import type { Engine } from './engine.ts';
import { lookOf } from './output/look.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets: where to write, how it looks, and the simulator behind its port. */
export interface Context {
  readonly terminal: Terminal;
  readonly look: Look;
  readonly engine: Engine;
  /** Calls back at the first SIGINT; the answer takes the callback away. */
  readonly onInterrupt: (stop: () => void) => () => void;
}

export function contextOf(terminal: Terminal, engine: Engine, onInterrupt: Context['onInterrupt']): Context {
  return { terminal, look: lookOf(terminal), engine, onInterrupt };
}

/** Takes SIGTERM as Ctrl-C; the answer undoes it. */
export function terminateAsInterrupt(): () => void {
  const interrupt = () => void process.emit('SIGINT');
  process.on('SIGTERM', interrupt);
  return () => process.off('SIGTERM', interrupt);
}

/** Writes lines to standard output, as one text. */
export function printLines(context: Context, lines: readonly string[]): Promise<void> {
  return lines.length === 0 ? Promise.resolve() : context.terminal.out(`${lines.join('\n')}\n`);
}
