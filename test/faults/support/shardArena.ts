/**
 * Where faults happen to shards: a stage with a stream, a mapping, a function and a destination of each name, somebody who
 * puts and counts, and somebody who listens to the trace.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis, redisCheckpoints, redisQueues, redisStreams } from '@millrace/redis';
import {
  type Progress,
  type Queues,
  type StoredShard,
  type Stream,
  type Streams,
  systemClock,
} from '@millrace/runtime';
import { sequenceNumber } from '@millrace/semantics';
import { Scene, type Setting, setting } from './scene.ts';
import { finishedIds, isDiscarded, type ShardAccount, shardAccountFor } from './shardAccount.ts';
import {
  begunBefore,
  type Discarded,
  readShardCalls,
  type ShardCall,
  type ShardEvidence,
  type ShardLine,
  type Stored,
} from './shardEvidence.ts';
import { destinationQueue, kindOf, mappingId, type ShardLineOptions, scenarioOf, streamArn } from './shardLines.ts';
import { ShardLoad, type ShardLoadOptions, textOf } from './shardLoad.ts';
import { Reasons, type SeenCheckpoint } from './shardReasons.ts';

const READ_AT_ONCE = 10_000;
const LOOK_EVERY_MS = 10;

export class ShardArena extends Scene<ShardCall> {
  readonly lines: readonly ShardLineOptions[];
  readonly streams: Streams;
  readonly reasons: Reasons;
  /** What lies in destinations that are no queues of the substrate. */
  elsewhere: () => readonly Discarded[] = () => [];
  readonly #queues: Queues;
  readonly #client: ReturnType<typeof connectRedis>;
  readonly #loads: ShardLoad[] = [];

  private constructor(place: Setting, lines: readonly ShardLineOptions[]) {
    super(place, readShardCalls);
    const { url } = place.redis;
    this.lines = lines;
    this.streams = redisStreams({ redis: url });
    this.reasons = new Reasons(url);
    this.#queues = redisQueues({ redis: url });
    this.#client = connectRedis(url);
    this.#client.on('error', () => {});
    writeFileSync(this.scenarioFile, JSON.stringify(scenarioOf(lines, this.logFile)));
  }

  static async open(lines: readonly ShardLineOptions[]): Promise<ShardArena> {
    const arena = new ShardArena(await setting(), lines);
    await arena.reasons.listen();
    return arena;
  }

  stream(name: string): Stream {
    return this.streams.open(name);
  }

  /** Makes a stream before any process does, as each would, so many milliseconds ago; answers how to put as of then. */
  async makeStream(line: ShardLineOptions, agoMs: number): Promise<Streams> {
    const then = redisStreams({ redis: this.redis.url, now: () => Math.floor(systemClock.now()) - agoMs });
    const about = { retentionMs: 86_400_000, createdAtMs: systemClock.now() - agoMs, carried: {}, tags: {} };
    await then.create({ name: line.name, arn: streamArn(line.name), kind: kindOf(line), ...about }, line.shards ?? 2);
    return then;
  }

  /** Ends every process; @throws when one of them has no good end */
  async stopAll(): Promise<void> {
    const troubles = await this.troubles();
    if (troubles.length > 0) throw new Error(troubles.join('\n'));
  }

  load(options: Omit<ShardLoadOptions, 'kind'>): ShardLoad {
    const load = new ShardLoad(this.stream(options.stream), { ...options, kind: kindOf(this.#line(options.stream)) });
    this.#loads.push(load);
    return load;
  }

  /** What was not put yet will not be. */
  stopPutting(): void {
    for (const load of this.#loads) load.stop();
  }

  #line(name: string): ShardLineOptions {
    const line = this.lines.find((one) => one.name === name);
    if (!line) throw new Error(`the scenario has no ${name}`);
    return line;
  }

  /** How far a shard of a mapping is, as its next owner would find it. */
  async progress(name: string, shard: string): Promise<Progress> {
    const { createdAtMs } = await this.stream(name).definition();
    return redisCheckpoints(this.#client).load({ mapping: mappingId(name), name: `${shard}@${createdAtMs}` });
  }

  /** Looks at every checkpoint, again and again, until it is told to stop; answers what it has seen. */
  async watchCheckpoints(signal: AbortSignal): Promise<SeenCheckpoint[]> {
    const seen: SeenCheckpoint[] = [];
    for (; !signal.aborted; await sleep(LOOK_EVERY_MS)) {
      for (const { name } of this.lines) {
        for (const { id } of await this.stream(name).shards()) {
          const index = (await this.progress(name, id)).checkpoints.get('');
          if (typeof index === 'number') seen.push({ shard: `${name}/${id}`, index });
        }
      }
    }
    return seen;
  }

  /** Waits until everything was put, and handled or discarded, and the checkpoints say so. */
  async drained(patienceMs = 40_000): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.sent));
    const stored = await this.#stored();
    const isDone = async () => {
      const handled = finishedIds({ calls: this.calls() });
      const open = stored.filter(({ id }) => !handled.has(id));
      if (open.length === 0) return true;
      const discarded = await this.discarded();
      return open.every((record) => isDiscarded(record, { discarded }));
    };
    await this.until('every record is handled or discarded', isDone, patienceMs, 200);
    await this.until('every checkpoint is at its end', () => this.#isSaved(stored), patienceMs, 200);
  }

  /** Waits until everything was put, and what is wanted of it was handled, whatever becomes of the rest. */
  async handled(wanted: (said: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.sent));
    const ids = this.#loads.flatMap((load) => load.said(wanted));
    const isDone = async () => {
      const handled = finishedIds({ calls: this.calls() });
      return ids.every((id) => handled.has(id));
    };
    await this.until('what is wanted is handled', isDone, 40_000, 200);
  }

  /** Whoever comes next begins at the end of everything. */
  async #isSaved(stored: readonly Stored[]): Promise<boolean> {
    const ends = new Map(stored.map((record) => [`${record.stream} ${record.shard}`, record]));
    for (const { stream, shard, index } of ends.values()) {
      const { checkpoints, saved } = await this.progress(stream, shard);
      if (checkpoints.get('') !== index || (saved?.lanes.some(({ work }) => work.length > 0) ?? false)) return false;
    }
    return true;
  }

  async #stored(): Promise<Stored[]> {
    const all: Stored[] = [];
    for (const { name } of this.lines) {
      for (const shard of await this.stream(name).shards()) all.push(...(await this.#storedOf(name, shard)));
    }
    return all;
  }

  async #storedOf(stream: string, shard: StoredShard): Promise<Stored[]> {
    const all: Stored[] = [];
    for (let fromIndex = 0; fromIndex < shard.endIndex; ) {
      const read = await this.stream(stream).read({ shardId: shard.id, fromIndex, maxRecords: READ_AT_ONCE });
      if (!read || read.nextIndex === fromIndex) break;
      for (const { index, arrivalMs, record } of read.records) {
        const { id, key } = textOf(record);
        all.push({ id, key, stream, shard: shard.id, seq: sequenceNumber(shard, { index, arrivalMs }), index });
      }
      fromIndex = read.nextIndex;
    }
    return all;
  }

  /** What lies in the destinations. */
  async discarded(): Promise<Discarded[]> {
    const all: Discarded[] = [...this.elsewhere()];
    for (const { name, destination } of this.lines) {
      if (destination !== undefined) continue;
      const letters = await this.#queues.open(destinationQueue(name)).peek(100_000);
      all.push(...letters.map(({ sent }) => discardedOf(name, sent.body)));
    }
    return all;
  }

  /** Stops what still runs, each of which must end well, and draws the account. */
  async account(): Promise<ShardAccount> {
    const troubles = await this.troubles();
    const { violations, ...rest } = shardAccountFor(await this.evidence());
    return { ...rest, violations: [...troubles, ...violations] };
  }

  async evidence(): Promise<ShardEvidence> {
    const lines = new Map<string, ShardLine>();
    for (const { name, factor = 1, timeoutMs = 1000 } of this.lines) {
      const shards = await this.stream(name).shards();
      const parents = new Map(shards.map((shard) => [shard.id, parentsOf(shard)]));
      lines.set(name, { factor, timeoutMs, parents });
    }
    return {
      put: this.#loads.flatMap((load) => load.account()),
      stored: await this.#stored(),
      calls: begunBefore(this.calls(), this.halts),
      discarded: await this.discarded(),
      halts: this.halts,
      reasons: this.reasons.all(),
      lines,
    };
  }

  protected async depths(): Promise<string> {
    const late = sleep(2000, 'Redis does not answer');
    return Promise.race([this.#undone(), late]);
  }

  async #undone(): Promise<string> {
    const handled = finishedIds({ calls: this.calls() });
    const stored = await this.#stored();
    const open = stored.filter(({ id }) => !handled.has(id)).map(({ id, shard }) => `${id} of ${shard}`);
    const progress: string[] = [];
    for (const { name } of this.lines) {
      for (const { id, endIndex } of await this.stream(name).shards())
        progress.push(`${name}/${id} to ${endIndex}: ${JSON.stringify(await this.progress(name, id), maps)}`);
    }
    const shown = `${open.length} not handled: ${open.slice(0, 10).join(', ')}`;
    return `${shown}\n${progress.join('\n')}\n${(await this.discarded()).length} discarded`;
  }

  async close(): Promise<void> {
    this.stopPutting();
    this.reasons.close();
    await Promise.all([this.streams.close(), this.#queues.close()]);
    this.#client.disconnect();
    await this.closeScene();
  }
}

function maps(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function parentsOf({ parentId, adjacentParentId }: StoredShard): string[] {
  return [parentId, adjacentParentId].filter((parent) => parent !== null);
}

interface FailureDocument {
  readonly requestContext: { readonly condition: string };
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
}

interface BatchInfo {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly batchSize: number;
}

/** A failure record, as a destination has it. */
export function discardedOf(stream: string, body: string): Discarded {
  const { requestContext, KinesisBatchInfo, DDBStreamBatchInfo } = JSON.parse(body) as FailureDocument;
  const info = KinesisBatchInfo ?? DDBStreamBatchInfo;
  if (!info) throw new Error(`a failure record without a batch: ${body}`);
  const { shardId: shard, startSequenceNumber: first, endSequenceNumber: last, batchSize: size } = info;
  return { stream, shard, first, last, size, condition: requestContext.condition };
}
