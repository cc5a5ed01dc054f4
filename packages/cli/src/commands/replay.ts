import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { InputError } from '@millrace/simulation';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { FixtureReading } from '../engine.ts';
import { fileError, UsageError } from '../errors.ts';
import { addMappingOptions } from '../options/mapping-parameters.ts';
import { addRunOptions } from '../options/run-options.ts';
import { addWorldOptions } from '../options/world-options.ts';
import { yamlLines } from '../output/yaml.ts';
import { execute } from './execute.ts';
import { type ReplayFlags, relocated, replayDocument } from './replay-document.ts';

const examples = `
A fixture is Millrace JSONL, saved Lambda events, the output of aws kinesis get-records, aws dynamodbstreams
get-records or aws sqs receive-message, lines of kcat -J, or CSV and JSONL of plain rows; gz too, and - for standard
input.

Examples:
  millrace replay orders.jsonl --source kinesis --shards 4 --handler ./handler.mjs#handler \\
    --batch-size 100 --parallelization-factor 10 --bisect-batch-on-function-error --maximum-retry-attempts 3
  millrace replay flights.csv --source msk --partitions 12 --key origin --time departure --speed 3600x
  millrace replay messages.json --source sqs --visibility-timeout 1m --redrive-max-receive-count 3 \\
    --function-response-types ReportBatchItemFailures --handler ./handler.mjs#handler
  gunzip -c big.jsonl.gz | millrace replay - --source kinesis --summary
  millrace replay orders.jsonl --source kinesis --save orders.yaml    and from then on: millrace run orders.yaml

Exit status: 0 when it ran; 1 an invariant broke; 2 the fixture, the handler or the mapping was refused.`;

export function addReplay(program: Command, context: Context, exit: (code: number) => void): void {
  const command = program
    .command('replay')
    .summary('replay recorded records through a mapping')
    .description('Replays a recorded fixture through an event source mapping and a function, in virtual time.')
    .argument('<fixture>', 'file of recorded records, or - for standard input')
    .addHelpText('after', examples);
  addWorldOptions(command);
  addMappingOptions(command);
  addRunOptions(command)
    .addOption(new Option('--save <file>', 'write the replay as a scenario file').helpGroup('Run and output:'))
    .addOption(new Option('--force', 'let --save overwrite a file').helpGroup('Run and output:'))
    .action(async (fixture: string, flags: ReplayFlags) => exit(await replay(context, fixture, flags)));
}

async function replay(context: Context, fixture: string, flags: ReplayFlags): Promise<number> {
  const known = fixture === '-' ? undefined : await context.engine.fixtureSource(fixture, readingOf(flags));
  const document = replayDocument(fixture, flags, known);
  const loaded = await context.engine.build(document).catch(namingFlags);
  if (flags.save !== undefined) save(document, flags.save, flags.force === true);
  const code = await execute(context, loaded, flags);
  if (flags.save !== undefined)
    context.terminal.err(`Saved as ${flags.save}: run it with millrace run ${flags.save}\n`);
  return code;
}

/** Nobody wrote the document of a replay, so its fields are called by the flags that they come from. */
function namingFlags(error: unknown): never {
  if (!(error instanceof InputError) || error.code !== 'bad-scenario') throw error;
  const named = [error.message, ...error.others].map((message) =>
    message.replace(/^scenario: `(?:[\w[\]]+\.)*(\w+)`/, (_all, field: string) => `--${kebab(field)}`),
  );
  throw new UsageError(named, { cause: error });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function readingOf({ source, key, time, data }: ReplayFlags): FixtureReading {
  return {
    ...(source === undefined ? {} : { kind: source }),
    ...(key === undefined ? {} : { key }),
    ...(time === undefined ? {} : { time }),
    ...(data === undefined ? {} : { data }),
  };
}

/** Only what was read without a fault is saved. */
function save(document: Readonly<Record<string, unknown>>, file: string, force: boolean): void {
  if (document.fixture === '-')
    throw new UsageError('--save cannot save a replay of standard input: write the records to a file first.');
  const text = `${yamlLines(relocated(document, file, process.cwd())).join('\n')}\n`;
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new UsageError(`${file}: it exists already; add --force to overwrite it.`, { cause: error });
    }
    fileError('write', file, error);
  }
}
