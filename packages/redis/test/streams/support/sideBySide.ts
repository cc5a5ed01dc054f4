/** Two substrates that are given the same commands at the same times. */
import type { RecordPut, ShardAsk, Stream, Streams } from '@millrace/runtime';
import type { StreamKind } from '@millrace/semantics';
import type { HandClock } from '../../support/handClock.ts';
import { shardId } from './definitions.ts';

/** What a random run may do, as plain data that a failure can print. Shards are picked from the latest on. */
export type Command = Readonly<
  | { do: 'put'; by: number; keys: readonly string[]; bytes: number; hashKey: string | undefined }
  | { do: 'read'; by: number; shard: number; from: number; maxRecords: number; maxBytes: number | undefined }
  | { do: 'index'; by: number; shard: number; backMs: number }
  | { do: 'shards'; by: number }
  | { do: 'split'; by: number; shard: number; at: string | undefined }
  | { do: 'merge'; by: number; shard: number; other: number }
  | { do: 'retain'; by: number; retentionMs: number }
  | { do: 'wait'; forMs: number }
>;

const NAME = 's';

export class SideBySide {
  readonly #clock: HandClock;
  readonly #kind: StreamKind;
  readonly #model: Streams;
  /** Several processes: what one does, the others find out. */
  readonly #redis: readonly Streams[];
  #puts = 0;
  #shards: number;

  constructor(clock: HandClock, kind: StreamKind, shards: number, model: Streams, redis: readonly Streams[]) {
    this.#clock = clock;
    this.#kind = kind;
    this.#shards = shards;
    this.#model = model;
    this.#redis = redis;
  }

  /** Carries out a command on both sides; answers what each said. */
  async run(command: Command): Promise<{ readonly model: unknown; readonly redis: unknown }> {
    if (command.do === 'wait') {
      this.#clock.forward(command.forMs);
      return { model: undefined, redis: undefined };
    }
    const redis = this.#redis[command.by % this.#redis.length]!;
    const first = this.#puts;
    if (command.do === 'put') this.#puts += command.keys.length;
    const answers = {
      model: await this.#on(this.#model, command, first),
      redis: await this.#on(redis, command, first),
    };
    this.#shards = Math.max(this.#shards, newestOf(answers.model));
    return answers;
  }

  #on(streams: Streams, command: Exclude<Command, { do: 'wait' }>, first: number): Promise<unknown> {
    const stream = streams.open(NAME);
    switch (command.do) {
      case 'put':
        return stream.put(command.keys.map((key, index) => this.#record(command, key, first + index)));
      case 'read':
        return this.#read(stream, command);
      case 'index':
        return stream.indexAt(this.#pick(command.shard), this.#clock.now() - command.backMs);
      case 'shards':
        return stream.shards();
      case 'split':
        return stream.split(this.#pick(command.shard), command.at === undefined ? undefined : BigInt(command.at));
      case 'merge':
        return stream.merge(this.#pick(command.shard), this.#pick(command.other));
      case 'retain':
        return streams.change(NAME, { retentionMs: command.retentionMs });
    }
  }

  async #read(stream: Stream, { shard, from, maxRecords, maxBytes }: Command & { do: 'read' }): Promise<unknown> {
    const ask: ShardAsk = { shardId: this.#pick(shard), fromIndex: from, maxRecords, maxBytes };
    return stream.read(ask);
  }

  /** The latest shards are the interesting ones; one more than there are is none. */
  #pick(back: number): string {
    return shardId(Math.max(0, this.#shards - (back % 9)));
  }

  #record({ bytes, hashKey }: Command & { do: 'put' }, key: string, number: number): RecordPut {
    if (this.#kind === 'dynamodb') {
      const keys = { id: { S: key } };
      return { record: { op: 'MODIFY', keys, newImage: { ...keys, n: { N: `${number}` } } }, key, bytes };
    }
    const explicit = hashKey === undefined ? {} : { explicitHashKey: hashKey };
    return { record: { partitionKey: key, data: `${number}`, ...explicit }, key, bytes };
  }
}

/** How many shards there are when one was made. */
function newestOf(answer: unknown): number {
  const opened = (answer as { opened?: readonly string[] } | undefined)?.opened ?? [];
  return Math.max(0, ...opened.map((id) => Number(id.slice('shardId-'.length)) + 1));
}
