/**
 * Peeks into an SQS queue: receives, never deletes, gives everything back.
 *
 * 1. What is held stays hidden until it is given back: its visibility timeout is renewed as long as the recording goes on.
 * 2. A process that dies gives nothing back, and keeps nothing either: messages are visible again after minutes.
 * 3. A receive that is on its way is waited for, so that no message is hidden that nobody knows of.
 * 4. Renewals and what gives back come one after the other: none hides again what another has given back.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { plural } from '@millrace/simulation';
import type { Concealer } from './recordConceal.ts';
import { Patience } from './recordPatience.ts';
import type { ReadEntry, Recording, RecordingOptions } from './recordSource.ts';
import { isThrottling, sdkProblem } from './sdkErrors.ts';

const AT_ONCE = 10;
const RECEIVERS = 4;
const WAIT_SECONDS = 1;
/** A queue that has nothing to show says so so many times. */
const EMPTY_AT_END = 2;
const SHORTEST_HOLD_MS = 60_000;
const LONGEST_HOLD_MS = 600_000;
const HOLD_MARGIN_MS = 30_000;
const AGAIN_MS = 1000;
/** From here on entries are written although older ones may come. */
const KEPT_CHARACTERS = 128 * 1024 * 1024;
const GIVERS = 8;

export interface QueueToPeek {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly name: string;
  /** Before a message goes to the dead-letter queue. */
  readonly maxReceives: number;
}

interface Seen extends ReadEntry {
  /** FIFO: orders messages that were sent in one millisecond. */
  readonly sequence: string;
}

export class PeekedQueue implements Recording {
  readonly source: Recording['source'];
  readonly title: string;
  readonly #queue: QueueToPeek;
  readonly #options: RecordingOptions;
  readonly #patience: Patience;
  readonly #holdSeconds: number;
  /** Receipt handles by message id: a message that comes twice is one. */
  readonly #held = new Map<string, string>();
  #seen: Seen[] = [];
  #characters = 0;
  #onLastReceive = 0;
  #renewing: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(queue: QueueToPeek, options: RecordingOptions) {
    const { name } = queue;
    this.#queue = queue;
    this.#options = options;
    this.#patience = new Patience(`The queue ${name}`, options);
    const holdMs = Math.max(SHORTEST_HOLD_MS, (options.forMs ?? 0) + HOLD_MARGIN_MS);
    this.#holdSeconds = Math.ceil(Math.min(LONGEST_HOLD_MS, holdMs) / 1000);
    this.source = { type: name.endsWith('.fifo') ? 'sqs-fifo' : 'sqs', name };
    this.title = `the queue ${name}`;
  }

  get pending(): number {
    return this.#seen.length;
  }

  async *entries(signal: AbortSignal): AsyncGenerator<readonly ReadEntry[]> {
    const renewal = setInterval(() => this.#renew(), (this.#holdSeconds * 1000) / 2);
    const { limit, forMs, once } = this.#options;
    const endsEmpty = once || forMs === undefined;
    let empty = 0;
    try {
      while (!signal.aborted && this.#held.size < limit && !(endsEmpty && empty >= EMPTY_AT_END)) {
        empty = (await this.#receiveSome(limit - this.#held.size, signal)) === 0 ? empty + 1 : 0;
        if (this.#characters >= KEPT_CHARACTERS) yield this.#take();
      }
    } finally {
      clearInterval(renewal);
      this.#isOver = true;
      yield this.#take();
    }
  }

  /** How many messages came, up to `most`. @throws what does not pass */
  async #receiveSome(most: number, signal: AbortSignal): Promise<number> {
    const asks = Math.min(RECEIVERS, Math.ceil(most / AT_ONCE));
    const sizes = Array.from({ length: asks }, (_, index) => Math.min(AT_ONCE, most - index * AT_ONCE));
    const answers = await Promise.allSettled(sizes.map((size) => this.#receive(size)));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (!failed) {
      this.#patience.recovered();
      return answers.reduce((sum, answer) => sum + (answer.status === 'fulfilled' ? answer.value : 0), 0);
    }
    if (!isThrottling(failed.reason)) this.#patience.troubled(failed.reason);
    await pause(AGAIN_MS, undefined, { signal }).catch(() => {});
    return 1;
  }

  async #receive(size: number): Promise<number> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#queue.queueUrl,
      MaxNumberOfMessages: size,
      VisibilityTimeout: this.#holdSeconds,
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await this.#queue.client.send(command);
    for (const message of Messages) this.#keep(message);
    return Messages.length;
  }

  #keep(message: Message): void {
    const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} } = message;
    const isNew = !this.#held.has(MessageId);
    this.#held.set(MessageId, ReceiptHandle);
    if (!isNew) return;
    if (Number(Attributes.ApproximateReceiveCount ?? 0) >= this.#queue.maxReceives) this.#onLastReceive += 1;
    const atMs = Number(Attributes.SentTimestamp ?? this.#options.now());
    const sequence = Attributes.SequenceNumber ?? '';
    this.#seen.push({ atMs, sequence, fields: fieldsOf(message, this.#options.conceal) });
    this.#characters += Body.length;
  }

  #take(): readonly ReadEntry[] {
    const seen = this.#seen;
    this.#seen = [];
    this.#characters = 0;
    return seen.sort((one, other) => one.atMs - other.atMs || (one.sequence < other.sequence ? -1 : 1));
  }

  #renew(): void {
    this.#renewing = this.#renewing.then(async () => {
      if (this.#isOver) return;
      const { problem } = await this.#setVisibility([...this.#held], this.#holdSeconds);
      if (problem === undefined) return;
      const what = 'Messages may become visible to others before the end of the recording';
      this.#options.say(`${what}: ${sdkProblem(problem)}.`);
    });
  }

  async close(): Promise<void> {
    const { client, name } = this.#queue;
    const { say } = this.#options;
    await this.#renewing;
    const left = await this.#giveBack();
    client.destroy();
    if (left > 0) {
      say(
        `${plural(left, 'message')} of ${name} could not be given back; they are visible again within ${this.#holdSeconds} s.`,
      );
    }
    if (this.#onLastReceive > 0) {
      say(
        `${plural(this.#onLastReceive, 'message')} of ${name} had the last receive: the next one sends them to the dead-letter queue.`,
      );
    }
  }

  /** How many are still hidden, after two tries. */
  async #giveBack(): Promise<number> {
    const { left } = await this.#setVisibility([...this.#held], 0);
    return left.length === 0 ? 0 : (await this.#setVisibility(left, 0)).left.length;
  }

  /** Once nothing of it is on its way any more: those for which it did not work, and what went wrong. */
  async #setVisibility(messages: readonly Held[], seconds: number): Promise<Given> {
    const chunks: Held[][] = [];
    for (let at = 0; at < messages.length; at += AT_ONCE) chunks.push(messages.slice(at, at + AT_ONCE));
    const left: Held[] = [];
    let problem: unknown;
    const give = async () => {
      for (let chunk = chunks.pop(); chunk; chunk = chunks.pop()) {
        try {
          left.push(...(await this.#setChunk(chunk, seconds)));
        } catch (error) {
          left.push(...chunk);
          problem = error;
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: GIVERS }, give));
    return { left: [...left, ...chunks.flat()], problem };
  }

  async #setChunk(chunk: readonly Held[], seconds: number): Promise<readonly Held[]> {
    const Entries = chunk.map(([, ReceiptHandle], index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: seconds,
    }));
    const { queueUrl, client } = this.#queue;
    const { Failed = [] } = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    // What is the sender's fault is visible already, or gone: nothing is held of it.
    const left = new Set(Failed.filter(({ SenderFault }) => !SenderFault).map(({ Id }) => Number(Id)));
    return chunk.filter((_, index) => left.has(index));
  }
}

/** Message id and receipt handle. */
type Held = readonly [string, string];

interface Given {
  readonly left: readonly Held[];
  /** Undefined: every request was answered. */
  readonly problem: unknown;
}

function fieldsOf({ Body = '', Attributes = {}, MessageAttributes }: Message, conceal: Concealer) {
  const { MessageGroupId, MessageDeduplicationId } = Attributes;
  return {
    body: conceal.data(Body),
    ...(MessageGroupId !== undefined && { group: conceal.label('group', MessageGroupId) }),
    ...(MessageDeduplicationId !== undefined && { dedup: conceal.label('dedup', MessageDeduplicationId) }),
    ...(MessageAttributes && { attributes: attributesOf(MessageAttributes, conceal) }),
  };
}

function attributesOf(attributes: Readonly<Record<string, MessageAttributeValue>>, conceal: Concealer) {
  const entries = Object.entries(attributes).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => [
    name,
    conceal.attribute(name, DataType, StringValue, BinaryValue),
  ]);
  return Object.fromEntries(entries);
}
