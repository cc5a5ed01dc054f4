/** One stream on Redis, by its name: whoever holds it finds the stream of that name, also when it was made anew. */
import type {
  PutOutcome,
  RecordPut,
  Resharded,
  ShardAsk,
  ShardReceipt,
  StoredShard,
  Stream,
  StreamDefinition,
} from '@millrace/runtime';
import { mergeShards, splitShard } from '@millrace/semantics';
import { type Known, shardOf } from './known.ts';
import type { StreamLink } from './link.ts';
import { putAll } from './putting.ts';
import { ShardReader } from './reading.ts';
import { reshard } from './resharding.ts';
import { indexAtScript, shardsScript } from './scripts.ts';
import { WaitingReads } from './waiting.ts';

export class RedisStream implements Stream {
  readonly #link: StreamLink;
  readonly #reader: ShardReader;
  readonly #waiting: WaitingReads;

  constructor(link: StreamLink) {
    this.#link = link;
    this.#reader = new ShardReader(link);
    const { clock, wakeups } = link.context;
    this.#waiting = new WaitingReads({
      clock,
      read: (ask) => this.#reader.read(ask),
      listen: (shardId, woken) => wakeups.listen(link.keys.channel(numberOf(shardId)), woken),
    });
  }

  definition(): Promise<StreamDefinition> {
    return this.#link.definition();
  }

  put(records: readonly RecordPut[]): Promise<PutOutcome[]> {
    return putAll(this.#link, records);
  }

  async shards(): Promise<StoredShard[]> {
    const { known, answer } = await this.#link.call(shardsScript, () => []);
    const numbers = answer as readonly number[];
    const { createdAtMs: streamCreatedAtMs } = known.definition;
    const shards: StoredShard[] = [];
    for (let at = 0; at < numbers.length; at += 3) {
      const { putWindow, childIds, ...rest } = known.state.shards[numbers[at]!]!;
      shards.push({
        ...rest,
        streamCreatedAtMs,
        childIds: [...childIds],
        endIndex: numbers[at + 1]!,
        firstIndex: numbers[at + 2]!,
      });
    }
    return shards;
  }

  read(ask: ShardAsk): Promise<ShardReceipt | undefined> {
    const { waitMs } = ask;
    const mayWait = waitMs && !ask.signal?.aborted && IS_SHARD_ID.test(ask.shardId);
    return mayWait ? this.#waiting.read(ask, waitMs) : this.#reader.read(ask);
  }

  async indexAt(shardId: string, atMs: number): Promise<number | undefined> {
    const wholeMs = Math.min(Math.max(0, Math.ceil(atMs)), Number.MAX_SAFE_INTEGER);
    for (;;) {
      const known = await this.#link.known();
      const shard = shardOf(known, shardId);
      if (!shard) {
        if (await this.#isCurrent(known)) return undefined;
        continue;
      }
      const answer = await this.#link.callAs(known, indexAtScript, [shard.number, wholeMs]);
      if (answer) return answer[0] as number | undefined;
    }
  }

  split(shardId: string, newStartingHashKey?: bigint): Promise<Resharded> {
    return reshard(this.#link, [shardId], (state) => splitShard(state, 0, shardId, newStartingHashKey));
  }

  merge(shardId: string, adjacentShardId: string): Promise<Resharded> {
    const both = [shardId, adjacentShardId] as const;
    return reshard(this.#link, both, (state) => mergeShards(state, 0, both));
  }

  /** Ends all waiting. */
  end(): void {
    this.#waiting.end();
  }

  async #isCurrent(known: Known): Promise<boolean> {
    if ((await this.#link.load())?.revision === known.revision) return true;
    await this.#link.outdated(known);
    return false;
  }
}

const IS_SHARD_ID = /^shardId-\d{12}$/;

function numberOf(shardId: string): number {
  return Number(shardId.slice('shardId-'.length));
}
