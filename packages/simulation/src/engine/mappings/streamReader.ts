/** Reading the shards of a Kinesis or DynamoDB stream: one cursor a shard, checkpoints by shard. */
import type {
  ChangeRecord,
  KinesisRecord,
  MappingFact,
  MappingOrder,
  SaveOrder,
  Shard,
  StartingPosition,
} from '@millrace/semantics';
import { LIST_EVERY_MS, logOf, placedAt, sequenceNumber } from '@millrace/semantics';
import type { DynamodbSourcePlan, KinesisSourcePlan } from '../../scenario/plan.ts';
import { type Deliver, nextTick } from '../sources/cursor.ts';
import { ShardCursor } from '../sources/shardCursor.ts';
import { dynamodbFormat, kinesisFormat, type ShardFormat, type ShardRecord } from '../sources/shardFormat.ts';
import type { StreamRun } from '../sources/stream.ts';
import type { World } from '../world.ts';
import type { MappingRun } from './mappingRun.ts';
import type { Opening, Reader } from './reader.ts';
import { Store } from './store.ts';

export function kinesisReader(world: World, mapping: MappingRun, stream: StreamRun<KinesisRecord>): Reader {
  const plan = stream.plan as KinesisSourcePlan;
  const eventSourceArn = mapping.settings.eventSourceArn ?? plan.arn;
  const format = kinesisFormat({ region: world.plan.region, roleArn: world.roleArn, eventSourceArn });
  return new StreamReader(world, mapping, stream, format, eventSourceArn.includes('/consumer/'));
}

export function dynamodbReader(world: World, mapping: MappingRun, stream: StreamRun<ChangeRecord>): Reader {
  const plan = stream.plan as DynamodbSourcePlan;
  const format = dynamodbFormat(plan, { region: world.plan.region, eventSourceArn: plan.arn });
  return new StreamReader(world, mapping, stream, format, false);
}

class StreamReader<R extends ShardRecord> implements Reader {
  readonly retentionMs: number;
  readonly visibilityTimeoutMs = 0;
  readonly fanOut: boolean;
  readonly store = new Store();
  readonly #world: World;
  readonly #mapping: MappingRun;
  readonly #stream: StreamRun<R>;
  readonly #format: ShardFormat<R>;
  /** Shards that were gone at a look, whose last records are accounted for. */
  readonly #vanished = new Set<string>();
  /** When the shards will be looked at again, once they have changed. */
  #nextLook: number | undefined;

  constructor(world: World, mapping: MappingRun, stream: StreamRun<R>, format: ShardFormat<R>, fanOut: boolean) {
    this.#world = world;
    this.#mapping = mapping;
    this.#stream = stream;
    this.#format = format;
    this.fanOut = fanOut;
    this.retentionMs = stream.plan.retentionMs;
    stream.readers.push(this);
    stream.onReshard.push(() => this.#resharded());
  }

  get eventSourceArn(): string {
    return this.#format.eventSourceArn;
  }

  get envelopeBytes(): number {
    return this.#format.envelopeBytes;
  }

  open(poller: string, from: 'start' | 'horizon', deliver: Deliver, busyUntilMs: number | undefined): Opening {
    const shard = this.#stream.shard(poller);
    const factor = this.#mapping.settings.parallelizationFactor;
    const cursor = new ShardCursor<R>({
      stream: this.#stream,
      format: this.#format,
      shard,
      fromIndex: this.#fromIndex(shard, from),
      factor,
      deliver,
      onMissed: (ordinals) => this.#world.missed(this.#mapping, ordinals),
    });
    const saved = this.store.load(shard.id, [shard.id]);
    const fact = {
      what: 'opened' as const,
      ...(saved && { saved }),
      ...(busyUntilMs !== undefined && { busyUntilMs }),
    };
    this.#traceLanes(poller);
    return { cursor, fact, save: (order) => this.#save(poller, factor, order) };
  }

  /** With a factor over 1 the lanes of a shard are the slots of a hash. */
  #traceLanes(poller: string): void {
    const { parallelizationFactor: lanes } = this.#mapping.settings;
    if (lanes === 1) return;
    const common = { at: this.#world.agenda.nowMs, what: 'opened', mapping: this.#mapping.index, poller } as const;
    this.#world.recorder.emit({ ...common, rule: 'stream.lane-is-a-hash-of-the-key', data: { lanes } });
  }

  /** A checkpoint wins over everything; else the starting position, fixed when the shard is first opened. */
  #fromIndex(shard: Shard, from: 'start' | 'horizon'): number {
    const ledger = this.store.ledger(shard.id);
    if (ledger.checkpoint !== undefined) return (ledger.checkpoint as number) + 1;
    if (ledger.startIndex !== undefined) return ledger.startIndex;
    const position: StartingPosition = from === 'start' ? this.#mapping.settings.startingPosition : 'TRIM_HORIZON';
    ledger.startIndex = this.#stream.start(shard, position);
    this.#passOver(shard, ledger.startIndex, position);
    return ledger.startIndex;
  }

  /** What lies before the oldest record was removed by retention; before any other position it was not asked for. */
  #passOver(shard: Shard, before: number, position: StartingPosition): void {
    const ordinals = this.#stream.ordinals[shard.number]?.range(0, before) ?? [];
    if (ordinals.length === 0) return;
    if (position === 'TRIM_HORIZON') this.#world.missed(this.#mapping, ordinals);
    else this.#world.skipped(this.#mapping, ordinals);
  }

  /** `factor` is the poller's own: one that drains after an update still saves the lanes that it was opened with. */
  #save(poller: string, factor: number, order: SaveOrder): boolean {
    const moved = this.store.apply(poller, factor, order, () => poller);
    if (moved.length > 0) this.#checkpointed(this.#stream.shard(poller), order);
    return true;
  }

  #checkpointed(shard: Shard, order: SaveOrder): void {
    const index = this.store.ledger(shard.id).checkpoint as number;
    const placed = placedAt(logOf(this.#stream.state, shard), index);
    const position = placed ? sequenceNumber(shard, placed) : String(index);
    this.#world.recorder.emit({
      at: this.#world.agenda.nowMs,
      what: 'checkpoint',
      mapping: this.#mapping.index,
      poller: shard.id,
      rule: order.rule,
      records: [this.#stream.ordinals[shard.number]?.at(index) ?? -1],
      data: { lane: shard.id, position },
    });
    this.#world.forget(this.#stream, shard);
  }

  /** Everything before this index is finished for this mapping. */
  finishedBefore(shard: Shard): number {
    const ledger = this.store.ledgers.get(shard.id);
    if (!ledger) return 0;
    return ledger.checkpoint === undefined ? (ledger.startIndex ?? 0) : (ledger.checkpoint as number) + 1;
  }

  enabledFact(): MappingFact {
    return { what: 'enabled' };
  }

  /** Lists the shards: now, or at the first regular look after they have changed, which keeps no run alive. */
  look(order: MappingOrder & { do: 'discover' | 'measureLag' }): void {
    const { agenda } = this.#world;
    this.#nextLook = undefined;
    if (order.notBefore > agenda.nowMs) this.#nextLook = order.notBefore;
    else agenda.soon(() => this.#tellShards());
  }

  #resharded(): void {
    if (this.#nextLook === undefined) return;
    const { agenda } = this.#world;
    const atMs = nextTick(this.#nextLook, LIST_EVERY_MS, agenda.nowMs);
    this.#nextLook = undefined;
    agenda.at(atMs, () => this.#tellShards(), { passive: true });
  }

  #tellShards(): void {
    if (!this.#mapping.running) return;
    const shards = this.#stream.list();
    this.#missVanished(new Set(shards.map(({ id }) => id)));
    this.#mapping.tell({ what: 'discovered', shards });
  }

  /** A closed shard goes when its last record expires: what was not read of it by then never will be. */
  #missVanished(listed: ReadonlySet<string>): void {
    for (const shard of this.#stream.state.shards) {
      const isRead = listed.has(shard.id) || this.#mapping.pollers.has(shard.id);
      if (isRead || this.#vanished.has(shard.id)) continue;
      this.#vanished.add(shard.id);
      const missed = this.#unfinished(shard);
      if (missed.length > 0) this.#world.missed(this.#mapping, missed);
    }
  }

  #unfinished(shard: Shard): number[] {
    const ordinals = this.#stream.ordinals[shard.number];
    const end = this.#stream.state.logs.logs[shard.number]?.endIndex ?? 0;
    const ahead = new Set(this.store.ledgers.get(shard.id)?.ahead.flat());
    const unfinished: number[] = [];
    for (let index = this.finishedBefore(shard); index < end; index += 1) {
      if (!ahead.has(index)) unfinished.push(ordinals?.at(index) ?? -1);
    }
    return unfinished;
  }
}
