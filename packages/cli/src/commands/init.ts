import { writeFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { type Context, printLines } from '../context.ts';
import { exitCodes, fileError, UsageError } from '../errors.ts';
import { sourceKinds } from '../options/world-options.ts';
import { starterScenario } from '../templates/starter.ts';

interface InitFlags {
  readonly file?: string;
  readonly force?: true;
}

const examples = `
Examples:
  millrace init                      a Kinesis scenario in kinesis.yaml
  millrace init sqs --file q.yaml    and then: millrace run q.yaml
  millrace init dynamodb --file -    to standard output`;

export function addInit(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command('init')
    .summary('write a commented starter scenario')
    .description('Writes a starter scenario for a kind of source, with comments, that runs as it stands.')
    .addArgument(new Argument('[kind]', 'kind of source').choices(sourceKinds).default('kinesis'))
    .option('--file <file>', 'where to write it (<kind>.yaml); - is standard output')
    .option('--force', 'overwrite a file that exists')
    .addHelpText('after', examples)
    .action(async (kind: (typeof sourceKinds)[number], flags: InitFlags) => {
      await init(context, kind, flags);
      exit(exitCodes.ok);
    });
}

async function init(context: Context, kind: (typeof sourceKinds)[number], flags: InitFlags): Promise<void> {
  const file = flags.file ?? `${kind}.yaml`;
  const text = starterScenario(kind);
  if (file === '-') return context.terminal.out(text);
  try {
    writeFileSync(file, text, { flag: flags.force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new UsageError(`${file}: it exists already; name another with --file, or add --force to overwrite it.`, {
        cause: error,
      });
    }
    fileError('write', file, error);
  }
  return printLines(context, [`Wrote ${file}. Run it with: millrace run ${file}`]);
}
