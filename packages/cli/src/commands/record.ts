/** `millrace record`: writes what a live source brings to a fixture. */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { systemClock } from '@millrace/runtime';
import { formatCount, formatMs, plural } from '@millrace/simulation';
import { type Command, InvalidArgumentError } from 'commander';
import { type Context, terminateAsInterrupt } from '../context.ts';
import { exitCodes, reportError, UsageError } from '../errors.ts';
import { CountProgress } from '../live/countProgress.ts';
import { Concealer } from '../live/recordConceal.ts';
import { FixtureFile, type RecordOutput } from '../live/recordFile.ts';
import { type Action, type Field, type Rule, readRule } from '../live/recordPaths.ts';
import { type RecordReport, runRecording } from '../live/recordRun.ts';
import {
  type NamedSource,
  type RecordFrom,
  type Recording,
  type RecordingOptions,
  readSource,
} from '../live/recordSource.ts';
import { addBrokers, type BrokersFlags, endpointUrl } from '../options/places.ts';
import { collect, countingNumber, patienceMs } from '../options/values.ts';

const examples = `
SOURCE is one of
  kinesis:NAME-or-ARN      read beside its other readers; shards stay as they were
  dynamodb:STREAM-ARN      or dynamodb:TABLE
  kafka:TOPIC              with --brokers; read in a group of its own, which is removed at the end
  sqs:NAME, ARN or URL     peeked: nothing is deleted, and everything is given back at the end. Meanwhile messages are hidden
                           from others, each is charged one receive, and of a FIFO group only its first ten can be seen

It ends after --for, after --limit records, with --once when what was there has been read (a queue: always, unless --for is
given), or with Ctrl-C; the file is complete each time. \`millrace replay FILE\` runs it through a mapping.

--redact and --hash take a path into the data ($.customer.email, $.items[*].price, $..email), key (Kinesis and Kafka), group
and dedup (SQS), headers.NAME or attributes.NAME, and may be repeated. Redacted text becomes [redacted], a number 0. A hash is
an HMAC-SHA-256 under a random key, or under MILLRACE_HASH_KEY of the environment: equal values stay equal. Fields that
nobody names leave as they are. Where a path is given, data that is not JSON leaves as [redacted], unless --keep-opaque.

Examples:
  millrace record kinesis:orders --for 30s --out orders.jsonl
  millrace record kinesis:arn:aws:kinesis:eu-central-1:123456789012:stream/orders --once --out orders.jsonl.gz
  millrace record dynamodb:orders --from trim-horizon --limit 1000 --endpoint http://127.0.0.1:8000
  millrace record kafka:orders --brokers 127.0.0.1:9092 --from 2026-03-01T12:00:00Z --once --hash key --redact '$.customer.name'
  millrace record sqs:orders --endpoint http://127.0.0.1:9324 --out orders.jsonl

Exit status: 0 when it is complete, also after Ctrl-C; 2 the source, a flag or the file was refused, or the source failed: what
was recorded until then is in the file.`;

export interface RecordFlags extends BrokersFlags {
  readonly from?: RecordFrom;
  readonly for?: number;
  readonly limit?: number;
  readonly once?: true;
  readonly out?: string;
  readonly redact?: readonly string[];
  readonly hash?: readonly string[];
  readonly keepOpaque?: true;
  readonly endpoint?: string;
  readonly region?: string;
}

export function addRecord(program: Command, context: Context, exit: (code: number) => void): void {
  const command = program
    .command('record')
    .summary('write what a live source brings to a fixture')
    .description('Records a live stream, topic or queue as a fixture, without taking anything from it.')
    .argument('<source>', 'kinesis:NAME, dynamodb:STREAM-ARN, kafka:TOPIC or sqs:QUEUE')
    .addHelpText('after', examples)
    .option('--from <where>', 'trim-horizon, latest (the default without --once) or a time (ISO 8601)', fromFlag)
    .option('--for <duration>', 'end after this time, such as 30s', patienceMs)
    .option('--limit <n>', 'end after so many records', countingNumber)
    .option('--once', 'end when what is there now has been read')
    .option('--out <file>', 'where to write it, packed when it ends in .gz; standard output when absent')
    .option('--redact <path>', 'replace what the path names; may be repeated', collect)
    .option('--hash <path>', 'hash what the path names; may be repeated', collect)
    .option('--keep-opaque', 'let data that is not JSON leave although paths are given');
  addBrokers(command)
    .option('--endpoint <url>', 'instead of AWS', endpointUrl)
    .option('--region <region>', 'of AWS')
    .action(async (source: string, flags: RecordFlags) => exit(await record(context, source, flags)));
}

async function record(context: Context, text: string, flags: RecordFlags): Promise<number> {
  const { terminal } = context;
  const source = sourceOf(text);
  checkFlags(source, flags);
  const rules = rulesOf(source, flags);
  const conceal = new Concealer(rules, process.env.MILLRACE_HASH_KEY || randomBytes(32), flags.keepOpaque === true);
  const say = (sentence: string) => terminal.err(`${sentence}\n`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  let isReaderGone = false;
  const leave = () => {
    isReaderGone = true;
    stop();
  };
  const releases = [context.onInterrupt(stop), terminateAsInterrupt(), terminal.onReaderGone(leave)];
  const { limit = Number.POSITIVE_INFINITY, for: forMs } = flags;
  const progress = new CountProgress(terminal, 'records read', flags.limit);
  try {
    const recording = await openSource(source, flags, { conceal, say, limit, forMs });
    const onProgress = (records: number) => progress.show(records);
    const output = await outputOf(context, flags.out, recording);
    if (terminal.interactive) say(`Recording ${recording.title}; Ctrl-C ends it.`);
    const report = await runRecording({ recording, output, limit, forMs, signal: stopping.signal, onProgress });
    progress.finish();
    if (isReaderGone) return exitCodes.ok;
    say(reportText(report, recording, flags));
    tellConcealed(conceal, report, flags, say);
    return report.failure === undefined ? exitCodes.ok : reportError(report.failure, terminal);
  } finally {
    progress.finish();
    for (const release of releases) release();
  }
}

function sourceOf(text: string): NamedSource {
  const source = readSource(text);
  if (source) return source;
  throw new UsageError(
    `${text} is no source: write kinesis:NAME (or its ARN), dynamodb:STREAM-ARN (or the table), kafka:TOPIC or sqs:NAME (or its ARN or URL).`,
  );
}

function checkFlags({ kind }: NamedSource, flags: RecordFlags): void {
  const { brokers, endpoint, region, from, once } = flags;
  if (kind === 'kafka' && !brokers) throw new UsageError('kafka: name the brokers with --brokers host:port.');
  if (kind === 'kafka' && (endpoint ?? region) !== undefined) {
    throw new UsageError('--endpoint and --region are for AWS; a topic is read from --brokers.');
  }
  if (kind !== 'kafka' && (brokers || flags.tls || flags.sasl)) {
    throw new UsageError('--brokers, --tls and --sasl are for Kafka; other sources take --endpoint and --region.');
  }
  if (kind === 'sqs' && from !== undefined) {
    throw new UsageError('--from: a queue has no history and is recorded as it stands; leave it out.');
  }
  if (once && from === 'latest')
    throw new UsageError('--once ends with what is there now, and --from latest begins after it: use one of them.');
}

/** Which fields a source has beside its data. */
const FIELDS: Readonly<Record<NamedSource['kind'], readonly Field[]>> = {
  kinesis: ['data', 'key'],
  dynamodb: ['data'],
  kafka: ['data', 'key', 'headers'],
  sqs: ['data', 'group', 'dedup', 'attributes'],
};

function rulesOf({ kind }: NamedSource, { redact = [], hash = [] }: RecordFlags): readonly Rule[] {
  const read = (action: Action) => (text: string) => {
    const rule = readRule(action, text);
    if (typeof rule === 'string') throw new UsageError(rule);
    if (!FIELDS[kind].includes(rule.field)) throw new UsageError(`--${action}: ${kind} records have no ${rule.field}.`);
    if (action === 'redact' && ['key', 'group', 'dedup'].includes(rule.field)) {
      throw new UsageError(
        `--redact ${text} would make them all equal, and with it their order another one; use --hash ${text}.`,
      );
    }
    return rule;
  };
  return [...redact.map(read('redact')), ...hash.map(read('hash'))];
}

type Given = Pick<RecordingOptions, 'conceal' | 'say' | 'limit' | 'forMs'>;

/** Only the client that is needed is loaded. */
async function openSource(source: NamedSource, flags: RecordFlags, given: Given): Promise<Recording> {
  const { endpoint, region, brokers = [], tls = false, sasl, once = false } = flags;
  const from = flags.from ?? (once ? 'trim-horizon' : 'latest');
  const options = { ...given, from, once, endpoint, region, now: () => systemClock.now() };
  switch (source.kind) {
    case 'kinesis':
      return (await import('../live/recordKinesis.ts')).recordKinesis(source, options);
    case 'dynamodb':
      return (await import('../live/recordDynamodb.ts')).recordDynamodb(source, options);
    case 'sqs':
      return (await import('../live/recordQueue.ts')).recordQueue(source, options);
    case 'kafka':
      return (await import('../live/recordKafka.ts')).recordKafka(source.name, { brokers, tls, sasl }, options);
  }
}

async function outputOf({ terminal }: Context, out: string | undefined, recording: Recording): Promise<RecordOutput> {
  if (out === undefined) return { write: (text) => terminal.out(text), finish: async () => {} };
  try {
    return await FixtureFile.open(out);
  } catch (error) {
    await recording.close();
    throw error;
  }
}

function reportText({ records, spanMs }: RecordReport, { title }: Recording, { out }: RecordFlags): string {
  const where = out === undefined ? 'written' : `written to ${out}`;
  if (records === 0) return `Nothing of ${title} was there to be recorded.`;
  const count = `${formatCount(records)} ${records === 1 ? 'record' : 'records'}`;
  return `${count} of ${title} ${where}, which arrived within ${formatMs(spanMs)}.`;
}

function tellConcealed(
  conceal: Concealer,
  { records }: RecordReport,
  flags: RecordFlags,
  say: (text: string) => void,
): void {
  if (conceal.opaque > 0) {
    const what = flags.keepOpaque ? 'left as it was' : 'left as [redacted] (--keep-opaque keeps it)';
    say(`The data of ${plural(conceal.opaque, 'record')} is not JSON, so that no path leads into it; it ${what}.`);
  }
  if (records === 0) return;
  for (const { action, text } of conceal.unmet) {
    say(
      `--${action} ${text} has found nothing in any record: look whether it is spelled as in the data before the file leaves.`,
    );
  }
}

function fromFlag(text: string): RecordFrom {
  if (text === 'trim-horizon' || text === 'latest') return text;
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return { atMs };
  throw new InvalidArgumentError('It must be trim-horizon, latest or a time such as 2026-03-01T12:00:00Z.');
}
