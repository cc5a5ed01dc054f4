import {
  joinSections,
  LifeCollector,
  OverviewCollector,
  renderLife,
  renderOverview,
  type TraceLine,
} from '@millrace/simulation';
import { type Command, Option } from 'commander';
import { type Context, printLines } from '../context.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { durationMs, patienceMs, seedNumber } from '../options/values.ts';
import { countingFromFirst } from '../output/relativeLine.ts';
import { isTraceFile, readTrace } from '../output/trace-reader.ts';
import { patienceOptions } from './execute.ts';

interface ExplainFlags {
  readonly mapping?: string;
  readonly seed?: number;
  readonly until?: number;
  readonly patience?: number;
  readonly all?: true;
}

const examples = `
Examples:
  millrace explain orders.yaml             the few things worth knowing about the run
  millrace explain orders.yaml bad         the whole life of the record "bad"
  millrace run orders.yaml --trace t.jsonl && millrace explain t.jsonl bad
  millrace explain fan-out.yaml r1 --mapping billing
  millrace rules stream.                   the rules that the steps name`;

export function addExplain(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command('explain')
    .summary('say why a record was delivered as it was')
    .description(
      'Explains a run, or the life of one record in it: each step with its reason, rule, grade and evidence.',
    )
    .argument('<trace|scenario>', 'a trace file, - for a trace on standard input, or a scenario, which is run')
    .argument('[record]', 'id of a record')
    .option('--mapping <name>', 'only what happened in this mapping')
    .option('--all', 'every step of a long life')
    .addOption(new Option('--seed <n>', 'scenario: instead of its seed').argParser(seedNumber))
    .addOption(new Option('--until <duration>', 'scenario: stop at this virtual time').argParser(durationMs))
    .addOption(
      new Option('--patience <duration>', 'scenario: real time that a handler gets to answer in (1m)').argParser(
        patienceMs,
      ),
    )
    .addHelpText('after', examples)
    .action(async (file: string, record: string | undefined, flags: ExplainFlags) => {
      if (record === undefined) await explainRun(context, file, flags);
      else await explainRecord(context, file, record, flags);
      exit(exitCodes.ok);
    });
}

async function explainRun(context: Context, file: string, flags: ExplainFlags): Promise<void> {
  const collector = new OverviewCollector();
  await eachLine(context, file, flags, (line) => {
    if (flags.mapping === undefined || line.mapping === undefined || line.mapping === flags.mapping)
      collector.take(line);
  });
  await printLines(context, renderOverview(collector.finish(), context.look));
}

async function explainRecord(context: Context, file: string, record: string, flags: ExplainFlags): Promise<void> {
  const collector = new LifeCollector(record, flags.mapping);
  await eachLine(context, file, flags, (line) => collector.take(line));
  const lives = collector.finish();
  if (lives.length === 0) throw new UsageError(unknownRecord(file, record, collector.suggestions()));
  await printLines(
    context,
    joinSections(
      lives.map((life) => renderLife(life, context.look, flags.all ? { steps: Number.POSITIVE_INFINITY } : {})),
    ),
  );
}

function unknownRecord(file: string, record: string, close: readonly string[]): string {
  const hint =
    close.length > 0 ? ` Close to it: ${close.join(', ')}.` : ' Its ids are those of the file, or r1, r2, … in order.';
  return `${file}: there is no record "${record}" in it.${hint}`;
}

async function eachLine(
  context: Context,
  file: string,
  flags: ExplainFlags,
  take: (line: TraceLine) => void,
): Promise<void> {
  if (await isTraceFile(file)) {
    await readTrace(file, countingFromFirst(take));
    return;
  }
  const { seed, until } = flags;
  const loaded = await context.engine.load(file);
  await loaded.run({
    summary: true,
    onLine: take,
    ...patienceOptions(context, flags),
    ...(seed === undefined ? {} : { seed }),
    ...(until === undefined ? {} : { untilMs: until }),
  });
}
