/** The command `millrace`: hands the process to the command line, and its answer back as the exit code. */
import { createRequire } from 'node:module';
import process from 'node:process';
import { contextOf } from './context.ts';
import { exitCodes } from './errors.ts';
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

/** Handlers run in this process: a promise that they left alone must not end it with a stack trace. */
process.on('unhandledRejection', (reason) => {
  const said = reason instanceof Error ? reason.message : String(reason);
  process.stderr.write(
    `A promise that nobody awaits was rejected, most likely in the handler: ${said.split('\n')[0]}\n`,
  );
  process.exit(exitCodes.refused);
});

const context = contextOf(processTerminal(), simulationEngine, onInterrupt);
const code = await runCommandLine(process.argv.slice(2), context, version);
process.exitCode = code;
// What was interrupted may still hold the process open (standard input, a handler); what was written goes out first.
if (code === exitCodes.interrupted) process.stdout.write('', () => process.exit(code));
