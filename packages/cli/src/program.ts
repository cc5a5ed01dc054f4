/** The command line: parses, dispatches, and turns whatever happens into an exit code. */
import { Command, CommanderError } from 'commander';
import { addExplain } from './commands/explain.ts';
import { addInit } from './commands/init.ts';
import { addReplay } from './commands/replay.ts';
import { addRules } from './commands/rules.ts';
import { addRun } from './commands/run.ts';
import { addSchema } from './commands/schema.ts';
import { addSend } from './commands/send.ts';
import { addTail } from './commands/tail.ts';
import { addUp } from './commands/up.ts';
import type { Context } from './context.ts';
import { exitCodes, reportError } from './errors.ts';

const examples = `
Examples:
  millrace init kinesis && millrace run kinesis.yaml
  millrace replay orders.jsonl --source kinesis --handler ./handler.mjs#handler --batch-size 100
  millrace explain kinesis.yaml bad
  millrace rules --area sqs

millrace help <command> shows the flags of a command, with examples.`;

/** Runs one command line (without node and script) and gives its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], context: Context, version: string): Promise<number> {
  let code: number = exitCodes.ok;
  const program = buildProgram(context, version, (exitCode) => {
    code = exitCode;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has already said what is wrong; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.refused;
    return reportError(error, context.terminal);
  }
}

function buildProgram(context: Context, version: string, exit: (code: number) => void): Command {
  const program = new Command('millrace')
    .description('AWS Lambda event source mappings without AWS, in virtual time.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'show help')
    .addHelpText('after', examples)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.terminal.out(text),
      writeErr: (text) => context.terminal.err(text),
      getOutHelpWidth: () => Math.min(120, context.terminal.width),
      getErrHelpWidth: () => Math.min(120, context.terminal.width),
      outputError: (text, write) => write(oneSentence(text)),
    });
  for (const add of [addRun, addReplay, addUp, addSend, addTail, addExplain, addRules, addSchema, addInit])
    add(program, context, exit);
  return program;
}

/** Commander says `error: unknown option '--x'`; we say it as a sentence, on one line. */
function oneSentence(text: string): string {
  const said = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\(?(Did you mean.*?)\)?$/, '. $1');
  const sentence = said.charAt(0).toUpperCase() + said.slice(1);
  return `${/[.?!)]$/.test(sentence) ? sentence : `${sentence}.`}\n`;
}
