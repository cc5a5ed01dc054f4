/** `millrace tail`: what running mappings do and why, line by line. */
import { resolve } from 'node:path';
import process from 'node:process';
import { didYouMean, type TraceLine, type TraceWhat } from '@millrace/simulation';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { findRedis, withoutPassword } from '../live/reachRedis.ts';
import { runningRedis } from '../live/redisServer.ts';
import { tailLine, traceKinds } from '../live/tailLines.ts';
import { followTrace } from '../live/tailRun.ts';
import type { TraceMessage } from '../live/traceChannel.ts';
import { collect } from '../options/values.ts';

const examples = `
Every fact and every order of every \`millrace up\` on the same Redis, with the rule behind it. Ctrl-C ends it; nothing that
runs is slowed by it, and what comes too fast is dropped and counted.

Examples:
  millrace tail                                 in the folder of a running \`millrace up\`
  millrace tail --mapping orders --what invoke,settled,dead-lettered
  millrace tail --json | jq 'select(.data.outcome == "error")'
  millrace tail --redis redis://10.0.0.5:6379

Kinds for --what: ${traceKinds.join(', ')}.`;

export interface TailFlags {
  readonly json?: true;
  readonly mapping?: readonly string[];
  readonly what?: string;
  readonly data: string;
  readonly redis?: string;
}

const PREFIX = 'millrace';

export function addTail(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command('tail')
    .summary('follow what running mappings do, and why')
    .description('Follows the live trace of `millrace up`, as lines for people or as JSON.')
    .addHelpText('after', examples)
    .option('--json', 'one line of the trace as JSON each')
    .option('--mapping <name>', 'of this mapping only; may be repeated', collect)
    .option('--what <kinds>', 'of these kinds only, separated by commas')
    .option('--data <folder>', 'where a running `millrace up` keeps its private Redis', '.millrace')
    .option('--redis <url>', 'the Redis that the run uses')
    .action(async (flags: TailFlags) => exit(await tail(context, flags)));
}

async function tail(context: Context, flags: TailFlags): Promise<number> {
  const { terminal, look } = context;
  const wanted = wantedBy(flags);
  const folder = resolve(flags.data);
  const { url, isPrivate } = findRedis({ redis: flags.redis, folder, environment: process.env.REDIS_URL });
  const stopping = new AbortController();
  const release = context.onInterrupt(() => stopping.abort());
  const say = (sentence: string) => terminal.err(`${sentence}\n`);
  try {
    await followTrace({
      url,
      prefix: PREFIX,
      signal: stopping.signal,
      wanted,
      textOf: flags.json ? (line) => JSON.stringify(line) : (line) => tailLine(line, look),
      write: (text) => terminal.out(text),
      say,
      met: (hello) => say(metText(hello, url, flags)),
      comesBack: () => !isPrivate || runningRedis(folder) !== undefined,
    });
    if (!stopping.signal.aborted) say('The run has ended, and its Redis with it.');
    return exitCodes.ok;
  } finally {
    release();
  }
}

function wantedBy({ mapping, what }: TailFlags): (line: TraceLine) => boolean {
  const mappings = mapping && new Set(mapping);
  const kinds = what === undefined ? undefined : new Set(kindsOf(what));
  return (line) =>
    (kinds === undefined || kinds.has(line.what)) &&
    (mappings === undefined || (line.mapping !== undefined && mappings.has(line.mapping)));
}

function kindsOf(text: string): TraceWhat[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    const kind = traceKinds.find((one) => one === name);
    if (kind) return kind;
    throw new UsageError(`--what: \`${name}\` is no kind of line.${didYouMean(name, traceKinds)}`);
  });
}

function metText(
  { scenario, pid, mappings }: NonNullable<TraceMessage['hello']>,
  url: string,
  flags: TailFlags,
): string {
  const missing = flags.mapping?.filter((name) => !mappings.includes(name)) ?? [];
  const without = missing.map((name) => ` It has no mapping ${name}.${didYouMean(name, mappings)}`).join('');
  return `Following ${scenario} (process ${pid}, ${mappings.join(', ')}) on ${withoutPassword(url)}.${without}`;
}
