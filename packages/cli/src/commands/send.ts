/** `millrace send`: feeds a queue from a fixture. */
import { resolve } from 'node:path';
import process from 'node:process';
import { systemClock } from '@millrace/runtime';
import { formatCount, formatMs, parseSpeed, plural } from '@millrace/simulation';
import { openFixture } from '@millrace/simulation/node';
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';
import { exitCodes, reportError, UsageError } from '../errors.ts';
import { findRedis } from '../live/reachRedis.ts';
import { readRate } from '../live/sendPace.ts';
import { SendProgress } from '../live/sendProgress.ts';
import { redisTarget } from '../live/sendRedis.ts';
import { BrokenFixture, type SendReport, sendFixture } from '../live/sendRun.ts';
import { sdkTarget } from '../live/sendSdk.ts';
import { readQueueName, type SendTarget } from '../live/sendTarget.ts';
import { countingNumber } from '../options/values.ts';

const examples = `
QUEUE is a name, an ARN or a URL. Its messages go to the Redis of the \`millrace up\` that runs in this folder, else to
REDIS_URL; with --endpoint (or a URL) through the AWS SDK. FIXTURE is whatever \`millrace replay\` reads, - for standard
input; records of streams and topics become messages.

Examples:
  millrace send orders messages.jsonl                    at the times of the fixture
  millrace send orders messages.jsonl --speed 10x
  millrace send orders messages.jsonl --rate 500/s --loop --limit 100000
  millrace send orders.fifo flights.csv --key origin --body payload
  millrace send orders messages.jsonl --redis redis://127.0.0.1:6379
  millrace send orders messages.jsonl --endpoint http://127.0.0.1:9325
  millrace send arn:aws:sqs:eu-central-1:123456789012:orders messages.jsonl --endpoint aws
  tail -f events.jsonl | millrace send orders -

Exit status: 0 when all was sent; 2 the fixture, the queue or a message was refused; 130 after Ctrl-C.`;

export interface SendFlags {
  readonly rate?: number;
  readonly speed?: number;
  readonly limit?: number;
  readonly loop?: true;
  readonly endpoint?: string;
  readonly redis?: string;
  readonly data: string;
  readonly key?: string;
  readonly time?: string;
  readonly body?: string;
}

const PREFIX = 'millrace';
/** A rate that was reached to this part is not worth a word. */
const GOOD_RATE = 0.98;
const WORTH_SAYING_MS = 1000;

export function addSend(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command('send')
    .summary('feed a queue from a fixture')
    .description('Sends the records of a fixture to a queue, at their own times or at a rate.')
    .argument('<queue>', 'name, ARN or URL')
    .argument('<fixture>', 'file of recorded records, or - for standard input')
    .addHelpText('after', examples)
    .option('--rate <rate>', 'messages a second (500/s, 30/m) instead of the times of the fixture', rateFlag)
    .option('--speed <factor>', 'how many times faster than recorded, such as 10x', speedFlag)
    .option('--limit <n>', 'send so many messages, then stop', countingNumber)
    .option('--loop', 'begin anew at the end of the fixture')
    .option('--endpoint <url>', 'an SQS endpoint, or `aws` for what the AWS SDK finds', endpointFlag)
    .option('--redis <url>', 'the Redis that holds the queue')
    .option('--data <folder>', 'where a running `millrace up` keeps its private Redis', '.millrace')
    .option('--key <column>', 'of a table: the message group')
    .option('--time <column>', 'of a table: when a message is sent')
    .option('--body <column>', 'of a table: the body; the whole row as JSON when absent')
    .action(async (queue: string, fixture: string, flags: SendFlags) =>
      exit(await send(context, queue, fixture, flags)),
    );
}

async function send(context: Context, queue: string, fixture: string, flags: SendFlags): Promise<number> {
  checkFlags(fixture, flags);
  const stopping = new AbortController();
  const release = context.onInterrupt(() => stopping.abort());
  const progress = new SendProgress(context.terminal, flags.limit);
  const target = await targetOf(queue, flags);
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
    return tell(context, target, fixture, report, flags, stopping.signal.aborted);
  } catch (error) {
    progress.finish();
    if (!(error instanceof BrokenFixture)) throw error;
    const code = reportError(error.cause, context.terminal);
    const { sent } = error.counts;
    if (sent > 0) context.terminal.err(`${plural(sent, 'message')} had been sent to ${target.queue} before.\n`);
    return code;
  } finally {
    release();
    target.close();
  }
}

function checkFlags(fixture: string, { rate, speed, loop, endpoint, redis }: SendFlags): void {
  if (rate !== undefined && speed !== undefined) {
    throw new UsageError('--rate replaces the times of the fixture, and --speed scales them: use one of them.');
  }
  if (endpoint !== undefined && redis !== undefined) {
    throw new UsageError('--endpoint and --redis name two places for one queue: use one of them.');
  }
  if (loop && fixture === '-')
    throw new UsageError('--loop cannot begin standard input anew: write it to a file first.');
}

async function targetOf(text: string, { endpoint, redis, data }: SendFlags): Promise<SendTarget> {
  const queue = readQueueName(text);
  if (!queue) {
    throw new UsageError(
      `${text} is no queue: it takes a name of letters, digits, - and _ (a FIFO queue's ends in .fifo), an ARN such as arn:aws:sqs:eu-central-1:123456789012:orders, or the URL of a queue.`,
    );
  }
  if (endpoint !== undefined) return sdkTarget(queue, endpoint === 'aws' ? undefined : endpoint);
  if (queue.url !== undefined && redis === undefined) return sdkTarget(queue, new URL(queue.url).origin);
  const { url } = findRedis({ redis, folder: resolve(data), environment: process.env.REDIS_URL });
  return redisTarget(url, queue.name, PREFIX);
}

async function feedOf(fixture: string, { speed, key, time, body }: SendFlags, { fifo }: SendTarget) {
  const { feed } = await openFixture(fixture, {
    kind: fifo ? 'sqs-fifo' : 'sqs',
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
  const count = `${formatCount(sent)} ${sent === 1 ? 'message' : 'messages'}`;
  await terminal.out(
    `${interrupted ? 'Interrupted: ' : ''}${count} sent to ${target.queue}${speedText(report, flags)}.\n`,
  );
  if (deduplicated > 0) {
    terminal.err(`${plural(deduplicated, 'message')} the queue already had, by deduplication id or content.\n`);
  }
  if (perhapsTwice > 0) {
    terminal.err(
      `${plural(perhapsTwice, 'message')} may be in the queue twice: the connection was lost before it answered, and they were sent again.\n`,
    );
  }
  if (unknown > 0) {
    terminal.err(
      `${plural(unknown, 'message')} more may be in the queue: the connection was lost before it answered.\n`,
    );
  }
  if (failure !== undefined) {
    terminal.err(`${fixture}: not everything was sent to ${target.queue} at ${target.place}: ${failure}.\n`);
    return exitCodes.refused;
  }
  return interrupted ? exitCodes.interrupted : exitCodes.ok;
}

function speedText({ sent, tookMs, behindMs }: SendReport, { rate }: SendFlags): string {
  if (sent === 0) return '';
  // The last message stands for its share of the time, too.
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

function endpointFlag(text: string): string {
  if (text === 'aws' || (/^https?:\/\//.test(text) && URL.canParse(text))) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:9325, or aws.');
}
