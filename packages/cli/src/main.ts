/** The command `millrace`: hands the process to the command line, and its answer back as the exit code. */
import { createRequire } from 'node:module';
import process from 'node:process';
import { contextOf } from './context.ts';
import { exitCodes, reportError } from './errors.ts';
import { logToStandardError } from './handlers/console.ts';
import { HandlerGuard } from './handlers/guard.ts';
import { runCommandLine } from './program.ts';
import { processTerminal } from './terminal.ts';
import { simulationEngine } from './wiring.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** The first Ctrl-C asks the run to stop and to say what it knows; the second ends the process. */
function onInterrupt(stop: () => void): () => void {
  let asked = false;
  const listener = (): void => {
    if (asked) process.exit(exitCodes.interrupted);
    asked = true;
    stop();
  };
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

const guard = new HandlerGuard();
guard.install();
logToStandardError();

const context = contextOf(processTerminal(), simulationEngine(guard), onInterrupt);
const code = await runCommandLine(process.argv.slice(2), context, version);
process.exitCode = code;
// A handler may have left timers or connections open; what was written goes out first.
process.stdout.write('', () => {
  const { afterwards } = guard;
  process.exit(afterwards ? reportError(afterwards, context.terminal) : code);
});
