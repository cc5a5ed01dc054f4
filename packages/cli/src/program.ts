/** The command line: parses, dispatches, and turns whatever happens into an exit code. */
import { Command, CommanderError } from 'commander';
import type { Context } from './context.ts';
import { exitCodes, reportError } from './errors.ts';

const examples = `
Examples:
  millrace init kinesis && millrace run kinesis.yaml
  millrace replay orders.jsonl --source kinesis --handler ./handler.mjs#handler --batch-size 100
  millrace explain kinesis.yaml bad
  millrace rules --area sqs

millrace help <command> shows the flags of a command, with examples.`;

type Add = (program: Command, context: Context, exit: (code: number) => void) => void;

/** In the order in which help shows them. Only the command that is called is loaded; for help, all of them are. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  run: async () => (await import('./commands/run.ts')).addRun,
  replay: async () => (await import('./commands/replay.ts')).addReplay,
  up: async () => (await import('./commands/up.ts')).addUp,
  send: async () => (await import('./commands/send.ts')).addSend,
  record: async () => (await import('./commands/record.ts')).addRecord,
  tail: async () => (await import('./commands/tail.ts')).addTail,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  rules: async () => (await import('./commands/rules.ts')).addRules,
  schema: async () => (await import('./commands/schema.ts')).addSchema,
  init: async () => (await import('./commands/init.ts')).addInit,
};

/** Runs one command line (without node and script) and gives its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], context: Context, version: string): Promise<number> {
  let code: number = exitCodes.ok;
  const program = buildProgram(context, version);
  try {
    const [called = ''] = args;
    const names = Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
    for (const name of names) {
      const add = await commands[name]?.();
      add?.(program, context, (exitCode) => {
        code = exitCode;
      });
    }
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has already said what is wrong; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.refused;
    return reportError(error, context.terminal);
  }
}

function buildProgram(context: Context, version: string): Command {
  return new Command('millrace')
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
