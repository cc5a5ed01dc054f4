/** `millrace up`: a scenario against the wall clock, until it is told to stop. */
import { resolve } from 'node:path';
import process from 'node:process';
import { headerOf } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, terminateAsInterrupt } from '../context.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { type Role, roles } from '../live/fleet.ts';
import { openSession, type SessionOptions } from '../live/session.ts';
import { showUntil } from '../live/show.ts';
import { countingNumber, durationMs, portNumber } from '../options/values.ts';
import { TraceFile } from '../output/trace-file.ts';
import { execute } from './execute.ts';

const examples = `
Examples:
  millrace up orders.yaml                       everything in one process; Redis is started if none is named
  REDIS_URL=redis://127.0.0.1:6379 millrace up orders.yaml
  millrace up orders.yaml --trace trace.jsonl   and then: millrace explain trace.jsonl
  millrace send orders messages.jsonl --rate 500/s    from another shell, in the same folder
  millrace up --once orders.yaml --json         its records and events at their time; then the result, as millrace run prints it
  aws --endpoint-url http://127.0.0.1:9325 sqs send-message --queue-url orders --message-body '{}'

Ctrl-C (or SIGTERM) stops polling, lets running invocations finish, and exits with 0; a second one exits at once.`;

export interface UpFlags {
  readonly role: Role;
  readonly inline?: true;
  readonly ephemeral?: true;
  readonly data: string;
  readonly host: string;
  readonly sqsPort: number;
  readonly httpPort: number;
  readonly gateway: boolean;
  readonly metrics: boolean;
  readonly maxEnvironments: number;
  readonly grace: number;
  readonly trace?: string;
  readonly destinations: string;
  readonly once?: true;
  readonly json?: true;
  readonly summary?: true;
  readonly events?: true;
  /** Milliseconds. */
  readonly until?: number;
  /** Milliseconds. */
  readonly tolerance?: number;
}

export function addUp(program: Command, context: Context, exit: (code: number) => void): void {
  const command = program
    .command('up')
    .summary('run a scenario for real, on Redis')
    .description('Runs the mappings of a scenario against the wall clock: real queues, real functions.')
    .argument('<scenario>', 'the scenario file')
    .addHelpText('after', examples)
    .addOption(
      new Option('--role <role>', 'what this process does: start more, on one Redis')
        .choices([...roles])
        .default('all'),
    )
    .option('--inline', 'run handlers on the main thread: fast, but nothing can stop one that hangs')
    .option('--max-environments <n>', 'environments of one function in this process, at most', countingNumber, 100)
    .option('--trace <file>', 'write every fact and order as a line of JSON')
    .option('--data <folder>', 'where a private Redis keeps its data', '.millrace')
    .option('--ephemeral', 'keep nothing on disk')
    .addOption(
      new Option('--destinations <where>', 'where failure records go: here, aws, or file:FOLDER to look at them')
        .argParser(destinationsFlag)
        .default('here'),
    )
    .option('--host <address>', 'where the AWS endpoint and the metrics listen', '127.0.0.1')
    .addOption(
      new Option('--sqs-port <port>', 'of the endpoint for SQS, Kinesis and DynamoDB Streams')
        .argParser(portNumber)
        .default(9325),
    )
    .addOption(
      new Option('--http-port <port>', 'of /metrics, /healthz and /readyz').argParser(portNumber).default(9464),
    )
    .option('--no-gateway', 'open no AWS endpoint')
    .option('--no-metrics', 'open no metrics')
    .addOption(
      new Option('--grace <duration>', 'how long running invocations may finish in')
        .argParser(durationMs)
        .default(30_000, '30s'),
    );
  addOnceOptions(command);
  command.action(async (file: string, flags: UpFlags) => exit(await up(context, file, flags)));
}

function addOnceOptions(command: Command): void {
  const helpGroup = 'Playing a scenario:';
  const add = (option: Option) => command.addOption(option.helpGroup(helpGroup));
  add(new Option('--once', 'send its records and let its events happen at their time; end when nothing is left to do'));
  add(new Option('--json', 'with --once: print the result as JSON'));
  add(new Option('--summary', 'with --once: leave out timeline, invocations and records'));
  add(new Option('--events', 'with --once: keep the exact payload of each invocation'));
  add(new Option('--until <duration>', 'with --once: stop at this time, such as 1m').argParser(durationMs));
  add(new Option('--tolerance <duration>', 'with --once: how late an expected time may be (1s)').argParser(durationMs));
}

async function up(context: Context, file: string, flags: UpFlags): Promise<number> {
  if (flags.once) return once(context, file, flags);
  for (const flag of ['json', 'summary', 'events', 'until', 'tolerance'] as const) {
    if (flags[flag] !== undefined)
      throw new UsageError(`--${flag} needs --once: without it there is no end to report.`);
  }
  const { plan, feed } = await loadScenario(file, undefined, { live: true });
  await feed.close?.();
  const stopping = new AbortController();
  const release = stopsOn(stopping);
  const trace = flags.trace === undefined ? undefined : new TraceFile(flags.trace);
  const show = await showUntil(context, stopping.signal);
  try {
    const session = await openSession(plan, sessionOptions(flags, show.log));
    trace?.write({ ...headerOf(plan), startMs: 0 });
    if (trace) session.run.tracer.listen((line) => trace.write(line));
    try {
      await session.run.start();
      await show.run(session);
    } catch (error) {
      await session.close(0);
      throw error;
    }
    show.log('info', 'stopping: nothing new is read, what runs may finish');
    const clean = await session.close(flags.grace);
    if (!clean) show.log('warn', `some invocations did not finish in time; their messages come back by visibility`);
    trace?.finish();
    return exitCodes.ok;
  } finally {
    release();
    trace?.drop();
  }
}

/** On a real clock things come later than in virtual time, never earlier. */
const TOLERANCE_MS = 1000;

/** Plays the scenario, on keys of its own that are gone afterwards. */
async function once(context: Context, file: string, flags: UpFlags): Promise<number> {
  const { loadOnce } = await import('../live/onceCommand.ts');
  const loaded = await loadOnce(file, {
    redisUrl: process.env.REDIS_URL,
    folder: resolve(flags.data),
    inline: flags.inline === true,
    maxEnvironments: flags.maxEnvironments,
    toleranceMs: flags.tolerance ?? TOLERANCE_MS,
    log: (level, text) => {
      if (level !== 'info') context.terminal.err(`${level}: ${text}\n`);
    },
  });
  // Asked to end, it says what it knows, as after Ctrl-C, and takes its keys and its Redis along.
  const release = terminateAsInterrupt();
  try {
    return await execute(context, loaded, flags);
  } finally {
    release();
  }
}

function destinationsFlag(text: string): string {
  if (text === 'here' || text === 'aws' || /^file:./.test(text)) return text;
  throw new InvalidArgumentError('It must be here, aws, or file: and a folder.');
}

function sessionOptions(flags: UpFlags, log: SessionOptions['log']): SessionOptions {
  return {
    redisUrl: process.env.REDIS_URL,
    folder: resolve(flags.data),
    ephemeral: flags.ephemeral === true,
    inline: flags.inline === true,
    maxEnvironments: flags.maxEnvironments,
    host: flags.host,
    sqsPort: flags.gateway ? flags.sqsPort : undefined,
    httpPort: flags.metrics ? flags.httpPort : undefined,
    destinations: flags.destinations,
    prefix: 'millrace',
    role: flags.role,
    log,
  };
}

/** The first signal asks to stop; the second ends the process, whatever it does. */
function stopsOn(stopping: AbortController): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const listener = () => {
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    stopping.abort();
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
