/** A mapping and a hand that drives it: facts are one-line calls, what it orders is written down line by line. */
import {
  createMapping,
  type ListedShard,
  type MappingFact,
  type MappingOrder,
  type MappingPolicy,
  type MappingSettings,
  type MappingState,
  mappingPolicy,
  type SourceKind,
  type SqsScaling,
  stepMapping,
} from '../../src/index.ts';

/** The scaling policy of a mapping with these settings. */
export function policyOf(
  kind: SourceKind,
  different: Partial<MappingSettings> = {},
  scaling: SqsScaling = 'current',
): MappingPolicy {
  const settings: MappingSettings = {
    kind,
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:consumer',
    batchSize: 10,
    batchWindowMs: 0,
    filterPatterns: [],
    partialResponses: false,
    parallelizationFactor: 1,
    maximumRetries: 'untilExpiry',
    maximumRecordAgeMs: 'never',
    bisect: false,
    tumblingWindowMs: 0,
    startingPosition: 'TRIM_HORIZON',
    metrics: [],
    ...different,
  };
  return mappingPolicy(settings, scaling);
}

export class MappingStory {
  readonly state: MappingState;
  readonly orders: MappingOrder[] = [];
  /** Batches that each poller may run: 0 for one that was told to stop. */
  readonly allowed = new Map<string, number>();
  #lines: string[] = [];
  now = 0;
  wakeAt: number | undefined;

  constructor(policy: MappingPolicy, fact: MappingFact = { what: 'enabled' }) {
    this.state = createMapping(policy);
    this.tell(fact);
  }

  tell(fact: MappingFact): this {
    const step = stepMapping(this.state, fact, this.now);
    this.wakeAt = step.wakeAt;
    for (const order of step.orders) {
      this.orders.push(order);
      this.#lines.push(`${this.now} ${textOf(order)}`);
      if (order.do === 'openPoller') this.allowed.set(order.poller, this.state.policy.batchesPerPoller);
      if (order.do === 'setAllowance') this.allowed.set(order.poller, order.batches);
    }
    return this;
  }

  /** Time goes on; the mapping is woken at every moment that it asked for. */
  at(ms: number): this {
    while (this.wakeAt !== undefined && this.wakeAt <= ms) {
      this.now = Math.max(this.now, this.wakeAt);
      this.tell({ what: 'woke' });
    }
    this.now = ms;
    return this;
  }

  busy(...pollers: readonly string[]): this {
    for (const poller of pollers) this.tell({ what: 'slotBusy', poller });
    return this;
  }

  idle(...pollers: readonly string[]): this {
    for (const poller of pollers) this.tell({ what: 'slotIdle', poller });
    return this;
  }

  closed(...pollers: readonly string[]): this {
    for (const poller of pollers) this.tell({ what: 'pollerClosed', poller, ended: false });
    return this;
  }

  ended(...pollers: readonly string[]): this {
    for (const poller of pollers) this.tell({ what: 'pollerClosed', poller, ended: true });
    return this;
  }

  /** `b<a` is shard b with parent a. */
  lists(...shards: readonly string[]): this {
    return this.tell({ what: 'discovered', shards: shards.map(shardOf) });
  }

  /** Pollers that may work now. */
  get working(): string[] {
    return [...this.allowed].filter(([, batches]) => batches > 0).map(([poller]) => poller);
  }

  /** Until `untilMs`, every poller that may work always finds messages. */
  floods(untilMs: number): this {
    for (;;) {
      this.busy(...[...this.state.idle]);
      if (this.wakeAt === undefined || this.wakeAt > untilMs) break;
      this.at(this.wakeAt);
    }
    this.now = untilMs;
    return this;
  }

  /** Shards opened so far, and from where. */
  opened(): string[] {
    return this.orders.flatMap((order) => (order.do === 'openPoller' ? [`${order.poller} from ${order.from}`] : []));
  }

  rules(): Set<string> {
    return new Set(this.orders.flatMap((order) => ('rule' in order ? [order.rule] : [])));
  }

  text(): string {
    const text = this.#lines.join('\n');
    this.#lines = [];
    return `\n${text}\n`;
  }
}

function shardOf(text: string): ListedShard {
  const [id = '', parents = ''] = text.split('<');
  return { id, parents: parents.split(',').filter((parent) => parent !== '') };
}

function textOf(order: MappingOrder): string {
  switch (order.do) {
    case 'openPoller':
      return `open ${order.poller} from ${order.from} (${order.rule})`;
    case 'drainPoller':
      return `drain ${order.poller} (${order.rule})`;
    case 'configurePoller':
      return `configure ${order.poller} (${order.rule})`;
    case 'setAllowance':
      return `allow ${order.poller} ${order.batches} (${order.rule})`;
    case 'forget':
      return `forget ${order.shards.join(', ')}`;
    case 'discover':
    case 'measureLag':
      return `${order.do} from ${order.notBefore}`;
    case 'note':
      return `from ${order.from} to ${order.to} (${order.rule})`;
  }
}
