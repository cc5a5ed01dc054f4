/** `millrace send`: feeds a queue, a stream or a topic from a fixture. */
import { systemClock } from '@millrace/runtime';
import { formatCount, formatMs, parseSpeed, plural } from '@millrace/simulation';
import { openFixture } from '@millrace/simulation/node';
import { type Command, InvalidArgumentError } from 'commander';
import { type Context, terminateAsInterrupt } from '../context.ts';
import { exitCodes, reportError, UsageError } from '../errors.ts';
import { CountProgress } from '../live/countProgress.ts';
import { openTarget, type TargetChoice } from '../live/sendOpen.ts';
import { readRate } from '../live/sendPace.ts';
import { BrokenFixture, type SendReport, sendFixture } from '../live/sendRun.ts';
import { type SendTarget, wordsOf } from '../live/sendTarget.ts';
import { addBrokers, endpointOrAws } from '../options/places.ts';
import { countingNumber } from '../options/values.ts';

const examples = `
TARGET is one of
  NAME                     a queue, a stream or a topic on the Redis of the \`millrace up\` that runs in this folder, else on
                           REDIS_URL; where two have the name, sqs:NAME, kinesis:NAME, dynamodb:TABLE or kafka:TOPIC
  ARN                      of a queue, a Kinesis stream or the stream of a DynamoDB table, there too
  NAME, ARN or URL         of a queue behind --endpoint, and kinesis:NAME or the ARN of a Kinesis stream; a table's stream
                           is fed by changing its items
  NAME                     of a Kafka topic, with --brokers

FIXTURE is whatever \`millrace replay\` reads, - for standard input. It is read as what the target takes: records keep their
partition keys, images, keys, headers and partitions, and those of another kind become it. Records of one message group,
partition key, item or partition are sent in order; behind an endpoint those of one partition key one by one.

Examples:
  millrace send orders messages.jsonl                    at the times of the fixture
  millrace send orders messages.jsonl --speed 10x
  millrace send orders messages.jsonl --rate 500/s --loop --limit 100000
  millrace send orders.fifo flights.csv --key origin --body payload
  millrace send clicks clicks.jsonl                      a stream of \`millrace up\`
  millrace send dynamodb:orders changes.jsonl --redis redis://127.0.0.1:6379
  millrace send orders messages.jsonl --endpoint http://127.0.0.1:9325
  millrace send kinesis:clicks clicks.jsonl --endpoint http://127.0.0.1:4567 --rate 200/s
  millrace send arn:aws:kinesis:eu-central-1:123456789012:stream/clicks clicks.jsonl --endpoint aws
  millrace send payments payments.jsonl --brokers 127.0.0.1:9092
  tail -f events.jsonl | millrace send orders -

Exit status: 0 when all was sent; 2 the fixture, the target or a record was refused; 130 after Ctrl-C (or SIGTERM).`;

export interface SendFlags extends TargetChoice {
  readonly rate?: number;
  readonly speed?: number;
  readonly limit?: number;
  readonly loop?: true;
  readonly key?: string;
  readonly time?: string;
  readonly body?: string;
}

/** A rate that was reached to this part is not worth a word. */
const GOOD_RATE = 0.98;
const WORTH_SAYING_MS = 1000;

export function addSend(program: Command, context: Context, exit: (code: number) => void): void {
  const command = program
    .command('send')
    .summary('feed a queue, a stream or a topic from a fixture')
    .description('Sends the records of a fixture to a queue, a stream or a topic, at their own times or at a rate.')
    .argument('<target>', 'name, ARN or URL')
    .argument('<fixture>', 'file of recorded records, or - for standard input')
    .addHelpText('after', examples)
    .option('--rate <rate>', 'records a second (500/s, 30/m) instead of the times of the fixture', rateFlag)
    .option('--speed <factor>', 'how many times faster than recorded, such as 10x', speedFlag)
    .option('--limit <n>', 'send so many records, then stop', countingNumber)
    .option('--loop', 'begin anew at the end of the fixture')
    .option('--endpoint <url>', 'of SQS or Kinesis, or `aws` for what the AWS SDK finds', endpointOrAws)
    .option('--redis <url>', 'the Redis that holds it');
  addBrokers(command)
    .option('--data <folder>', 'where a running `millrace up` keeps its private Redis', '.millrace')
    .option('--key <column>', 'of a table: the message group, partition key or key')
    .option('--time <column>', 'of a table: when a record is sent')
    .option('--body <column>', 'of a table: the body, data or value; the whole row as JSON when absent')
    .action(async (target: string, fixture: string, flags: SendFlags) =>
      exit(await send(context, target, fixture, flags)),
    );
}

async function send(context: Context, named: string, fixture: string, flags: SendFlags): Promise<number> {
  checkFlags(fixture, flags);
  const stopping = new AbortController();
  const releases = [context.onInterrupt(() => stopping.abort()), terminateAsInterrupt()];
  const release = () => {
    for (const one of releases) one();
  };
  const target = await openTarget(named, flags).catch((error: unknown) => {
    release();
    throw error;
  });
  const { record } = wordsOf(target.kind);
  const progress = new CountProgress(context.terminal, `${record}s sent`, flags.limit);
  try {
    const report = await sendFixture({
      target,
      open: () => feedOf(fixture, flags, target),
      perSecond: flags.rate,
      limit: flags.limit ?? Number.POSITIVE_INFINITY,
      loop: flags.loop === true,
      clock: systemClock,
      signal: stopping.signal,
      onProgress: (counts) => progress.show(counts.sent),
    });
    progress.finish();
    return await tell(context, target, fixture, report, flags, stopping.signal.aborted);
  } catch (error) {
    progress.finish();
    if (!(error instanceof BrokenFixture)) throw error;
    const code = reportError(error.cause, context.terminal);
    const { sent } = error.counts;
    if (sent > 0) context.terminal.err(`${plural(sent, record)} had been sent to ${target.name} before.\n`);
    return code;
  } finally {
    release();
    await target.close();
  }
}

function checkFlags(fixture: string, { rate, speed, loop, endpoint, redis, brokers, tls, sasl }: SendFlags): void {
  if (rate !== undefined && speed !== undefined) {
    throw new UsageError('--rate replaces the times of the fixture, and --speed scales them: use one of them.');
  }
  const places = Object.entries({ '--endpoint': endpoint, '--redis': redis, '--brokers': brokers });
  const [one, other] = places.filter(([, place]) => place !== undefined).map(([flag]) => flag);
  if (other !== undefined) throw new UsageError(`${one} and ${other} name two places for one target: use one of them.`);
  if (brokers === undefined && (tls || sasl)) {
    throw new UsageError('--tls and --sasl are for Kafka: name the brokers with --brokers host:port.');
  }
  if (loop && fixture === '-')
    throw new UsageError('--loop cannot begin standard input anew: write it to a file first.');
}

async function feedOf(fixture: string, { speed, key, time, body }: SendFlags, target: SendTarget) {
  const { kind, shards, partitions } = target;
  const { feed } = await openFixture(fixture, {
    kind,
    shards,
    partitions,
    // Ids for deduplication that the fixture does not bring are made here, so that a second run is not a duplicate.
    contentBasedDeduplication: true,
    ...(speed !== undefined && { speed }),
    ...(key !== undefined && { key }),
    ...(time !== undefined && { time }),
    ...(body !== undefined && { data: body }),
  });
  return feed;
}

async function tell(
  context: Context,
  target: SendTarget,
  fixture: string,
  report: SendReport,
  flags: SendFlags,
  interrupted: boolean,
): Promise<number> {
  const { sent, deduplicated, perhapsTwice, unknown, failure } = report;
  const { terminal } = context;
  const { target: what, record } = wordsOf(target.kind);
  const count = `${formatCount(sent)} ${sent === 1 ? record : `${record}s`}`;
  await terminal.out(
    `${interrupted ? 'Interrupted: ' : ''}${count} sent to ${target.name}${speedText(report, flags)}.\n`,
  );
  if (deduplicated > 0) {
    terminal.err(`${plural(deduplicated, record)} the ${what} already had, by deduplication id or content.\n`);
  }
  if (perhapsTwice > 0) {
    terminal.err(
      `${plural(perhapsTwice, record)} may be in the ${what} twice: the connection was lost before it answered, and they were sent again.\n`,
    );
  }
  if (unknown > 0) {
    terminal.err(`${plural(unknown, record)} more may be in the ${what}: it has not answered to them.\n`);
  }
  if (failure !== undefined) {
    terminal.err(`${fixture}: not everything was sent to ${target.name} at ${target.place}: ${failure}.\n`);
    return exitCodes.refused;
  }
  return interrupted ? exitCodes.interrupted : exitCodes.ok;
}

function speedText({ sent, tookMs, behindMs }: SendReport, { rate }: SendFlags): string {
  if (sent === 0) return '';
  // The last record stands for its share of the time, too.
  const spanMs = tookMs + (rate === undefined ? 0 : 1000 / rate);
  const reached = (sent * 1000) / Math.max(1, spanMs);
  const said = ` in ${formatMs(Math.round(tookMs))}: ${rateText(reached)}/s`;
  if (rate !== undefined)
    return reached < rate * GOOD_RATE ? `${said}, of the ${rateText(rate)}/s that were asked for` : said;
  return behindMs >= WORTH_SAYING_MS ? `${said}, up to ${formatMs(Math.round(behindMs))} later than recorded` : said;
}

function rateText(perSecond: number): string {
  return perSecond >= 100 ? formatCount(Math.round(perSecond)) : String(Number(perSecond.toPrecision(3)));
}

function rateFlag(text: string): number {
  const rate = readRate(text);
  if (rate === undefined) throw new InvalidArgumentError('It must be a rate such as 500/s, 30/m or 0.5/s.');
  return rate;
}

function speedFlag(text: string): number {
  const speed = parseSpeed(text);
  if (speed === undefined) throw new InvalidArgumentError('It must be a factor such as 10x or 0.5x.');
  return speed;
}
