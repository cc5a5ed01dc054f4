/** A stream that answers as the test says, and a poller over one of its shards that only remembers. */
import {
  type Place,
  type ReadRecord,
  type SeenShard,
  type ShardClient,
  type ShardRead,
  type ShardReader,
  shardSource,
} from '@millrace/poller-shards';
import type { PollerEvents, PollerOpening, PollerSource, Progress } from '@millrace/runtime';
import type { PollerFact, Position, StartingPosition } from '@millrace/semantics';
import { HandClock, settle } from '../../../poller-sqs/test/support/handClock.ts';
import { REGION, ROLE_ARN } from './events.ts';

export const SHARD = 'shardId-000000000000';
export const ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';

export function recordAt(position: Position, arrivalMs = 1_000_000): ReadRecord {
  return { position, arrivalMs, record: { partitionKey: `key of ${position}`, data: 'AAEC' } };
}

export interface AskedRead {
  readonly maxRecords: number;
  readonly atMs: number;
  /** With records of these positions. */
  answer(positions: readonly Position[], rest?: Partial<ShardRead>): Promise<void>;
  fail(error: Error): Promise<void>;
}

class FakeReader implements ShardReader {
  readonly from: Place;
  readonly reads: AskedRead[] = [];
  readonly ready?: (waitMs: number, signal: AbortSignal) => Promise<void>;
  /** Somebody waits to be told. */
  waiting = 0;
  tellReady: () => void = () => {};
  closed = false;
  readonly #clock: HandClock;

  constructor(from: Place, clock: HandClock, tells: boolean) {
    this.from = from;
    this.#clock = clock;
    if (tells) this.ready = (waitMs, signal) => this.#untilReady(waitMs, signal);
  }

  async #untilReady(waitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const told = new Promise<void>((resolve) => {
      this.tellReady = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.waiting += 1;
    await Promise.race([told, this.#clock.until(this.#clock.now() + waitMs, over.signal)]);
    over.abort();
    this.waiting -= 1;
  }

  read(maxRecords: number): Promise<ShardRead> {
    return new Promise((resolve, reject) => {
      this.reads.push({
        maxRecords,
        atMs: this.#clock.now(),
        answer: (positions, rest = {}) => {
          resolve({ records: positions.map((position) => recordAt(position)), ended: false, more: false, ...rest });
          return settle();
        },
        fail: (error) => {
          reject(error);
          return settle();
        },
      });
    });
  }

  get latest(): AskedRead {
    const read = this.reads.at(-1);
    if (!read) throw new Error('nothing was read');
    return read;
  }

  sequenceNumber(position: Position): string {
    return String(position);
  }

  close(): void {
    this.closed = true;
  }
}

class FakeShards implements ShardClient {
  readonly kind = 'kinesis';
  readonly fanOut = false;
  readonly clock: HandClock;
  readonly readers: FakeReader[] = [];
  listed: readonly SeenShard[] = [{ id: SHARD, parents: [], closed: false }];
  /** What answers where a starting position is. */
  begins: (shardId: string, position: StartingPosition) => Promise<Place> = async () => ({ kind: 'horizon' });
  readonly #tells: boolean;

  constructor(clock: HandClock, tells: boolean) {
    this.clock = clock;
    this.#tells = tells;
  }

  retentionMs = 86_400_000;

  async facts() {
    return { retentionMs: this.retentionMs };
  }

  async shards() {
    return this.listed;
  }

  start(shardId: string, position: StartingPosition): Promise<Place> {
    return this.begins(shardId, position);
  }

  reader(_shardId: string, from: Place): FakeReader {
    const reader = new FakeReader(from, this.clock, this.#tells);
    this.readers.push(reader);
    return reader;
  }
}

export const NOTHING: Progress = { checkpoints: new Map(), starts: new Map(), ended: false };

export interface StoryOptions {
  /** Its source tells when there is something. */
  readonly tells?: boolean;
  readonly startingPosition?: StartingPosition;
  readonly tumblingWindowMs?: number;
}

/** A mapping's source over shards that the test answers for. */
export async function shardsStory({
  tells = false,
  startingPosition = 'TRIM_HORIZON',
  tumblingWindowMs = 0,
}: StoryOptions = {}) {
  const clock = new HandClock();
  const client = new FakeShards(clock, tells);
  const more = { region: REGION, roleArn: ROLE_ARN, startingPosition, tumblingWindowMs, clock };
  const source = await shardSource({ client, arn: ARN, ...more });
  const told: string[] = [];
  const asked: (number | undefined)[] = [];
  const opening = (changes: Partial<PollerOpening> = {}): PollerOpening => ({
    from: 'start',
    events: listening(told, asked),
    progress: NOTHING,
    factor: 1,
    signal: new AbortController().signal,
    ...changes,
  });
  const open = (changes?: Partial<PollerOpening>, shardId = SHARD) => source.open(shardId, opening(changes));
  return { clock, client, source, told, asked, open };
}

export interface FetchChanges {
  readonly maxRecords?: number;
  readonly everyMs?: number;
  readonly inMs?: number;
  readonly afterMs?: number;
}

/** The same with its one shard opened. */
export async function pollerStory(options: StoryOptions = {}, events: Partial<PollerEvents> = {}) {
  const story = await shardsStory(options);
  const poller: PollerSource = await story.open({ events: { ...listening(story.told, story.asked), ...events } });
  const [reader] = story.client.readers;
  if (!reader) throw new Error('nothing was opened');
  const fetch = (id: number, { maxRecords = 100, everyMs = 1000, inMs, afterMs = 0 }: FetchChanges = {}) => {
    const now = story.clock.now();
    const untilMs = inMs === undefined ? undefined : now + inMs;
    const rule = 'stream.polls-at-a-base-rate';
    poller.fetch({ do: 'fetch', id, maxRecords, notBefore: now + afterMs, everyMs, untilMs, rule });
    return settle();
  };
  return { ...story, poller, reader, fetch };
}

function listening(told: string[], asked: (number | undefined)[]): PollerEvents {
  return {
    tell: (fact) => {
      told.push(factText(fact));
      if (fact.what === 'fetched') asked.push(fact.askedMs);
    },
    waits: () => told.push('waits'),
    troubled: (problem) => told.push(`troubled: ${problem}`),
    recovered: () => told.push('recovered'),
    regrouped: () => told.push('regrouped'),
    missed: (count) => told.push(`missed ${count}`),
    deadLettered: () => told.push('dead-lettered'),
  };
}

function factText(fact: PollerFact): string {
  if (fact.what === 'fetchFailed') return `fetchFailed ${fact.id}: ${fact.reason}`;
  if (fact.what !== 'fetched') return fact.what;
  return `fetched ${fact.id}: ${fact.records.map(({ position }) => position).join(' ')}`.trim();
}
