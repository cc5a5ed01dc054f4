/** One topic on Redis, by its name: whoever holds it finds the topic of that name, also when it was made anew. */
import {
  newId,
  type PartitionAsk,
  type PartitionReceipt,
  type RecordProduced,
  type Topic,
  type TopicDefinition,
  type TopicGroup,
  type TopicRead,
} from '@millrace/runtime';
import type { PartitionOffsets, StartingPosition } from '@millrace/semantics';
import { Named } from '../substrate/named.ts';
import type { TopicLink } from './link.ts';
import { produceAll } from './producing.ts';
import { Guess, readNow } from './reading.ts';
import { RedisGroup } from './redisGroup.ts';
import { growScript, lookScript, offsetsScript, seekScript } from './scripts.ts';
import { WaitingReads } from './waiting.ts';

export class RedisTopic implements Topic {
  readonly #link: TopicLink;
  readonly #guess = new Guess();
  readonly #waiting: WaitingReads;
  readonly #groups = new Named((groupId) => new RedisGroup(this.#link, groupId));

  constructor(link: TopicLink) {
    this.#link = link;
    const { clock, wakeups } = link.context;
    this.#waiting = new WaitingReads({
      clock,
      look: (asks, limit) => readNow(link, this.#guess, asks, limit),
      listen: (woken) => wakeups.listen(link.meta, woken),
    });
  }

  definition(): Promise<TopicDefinition> {
    return this.#link.definition();
  }

  async creation(): Promise<string> {
    const { known } = await this.#link.call(lookScript, () => []);
    return known.generation;
  }

  produce(records: Parameters<Topic['produce']>[0]): Promise<RecordProduced[]> {
    return produceAll(this.#link, records);
  }

  async partitions(): Promise<number> {
    const { answer } = await this.#link.call(lookScript, () => []);
    return Number(answer[2]);
  }

  async addPartitions(count: number): Promise<void> {
    if (count <= 0) return;
    const id = newId();
    await this.#link.call(growScript, () => [count, id]);
  }

  async read(asks: readonly PartitionAsk[], limit: TopicRead): Promise<PartitionReceipt[]> {
    const { waitMs, signal } = limit;
    if (signal?.aborted) return [];
    if (waitMs) return this.#waiting.read(asks, limit, waitMs);
    return readNow(this.#link, this.#guess, asks, limit);
  }

  async offsets(): Promise<PartitionOffsets[]> {
    const { answer } = await this.#link.call(offsetsScript, () => ['']);
    const offsets: PartitionOffsets[] = [];
    for (let at = 1; at < answer.length; at += 2) {
      offsets.push({ partition: offsets.length, earliest: Number(answer[at]), latest: Number(answer[at + 1]) });
    }
    return offsets;
  }

  async offsetOf(partition: number, position: StartingPosition): Promise<number> {
    if (typeof position === 'object') {
      const { answer } = await this.#link.call(seekScript, () => [partition, position.atMs]);
      return Number(answer[1]);
    }
    const { answer } = await this.#link.call(offsetsScript, () => [partition]);
    return Number(position === 'LATEST' ? answer[2] : answer[1]);
  }

  group(groupId: string): TopicGroup {
    return this.#groups.get(groupId);
  }

  /** Ends all waiting with empty hands. */
  end(): void {
    this.#waiting.end();
  }
}
