/**
 * What waits in the source of each mapping, as far as it can be seen: messages of queues on Redis, offset lag of topics.
 * What is behind an endpoint or brokers may take its time: its last known figures are given, and asked for anew meanwhile.
 */
import { queueNameOf, systemClock } from '@millrace/runtime';
import type { Millis, OffsetLag } from '@millrace/semantics';
import { isQueue, isSourceOf, type SourcePlan, type TopicSourcePlan } from '@millrace/simulation';
import type { CreatedMapping } from './control.ts';
import type { LiveRun } from './liveRun.ts';
import { isElsewhere } from './sources.ts';
import { brokerLag } from './statusLag.ts';
import type { Substrate } from './substrate.ts';

export interface Depth {
  /** Messages of a queue. */
  readonly visible?: number;
  readonly inFlight?: number;
  /** Of a topic. */
  readonly partitions?: number;
  readonly lag?: OffsetLag;
}

/** By the mapping's name. */
export type Depths = ReadonlyMap<string, Depth>;

/** Asks brokers for what a group has not read yet. */
export interface LagWatch {
  look(): Promise<Depth>;
  close(): Promise<void>;
}

const LOOK_AGAIN_MS = 5000;

export class DepthReader {
  readonly #run: LiveRun;
  readonly #substrate: Substrate;
  readonly #watches = new Map<string, Watched>();

  constructor(run: LiveRun, substrate: Substrate) {
    this.#run = run;
    this.#substrate = substrate;
  }

  read(): Promise<Depths> {
    return this.#read(() => true);
  }

  /** Of topics only, without a question to anybody where there are none. */
  lags(): Promise<Depths> {
    return this.#read((source) => 'topic' in source);
  }

  async #read(wanted: (source: SourcePlan) => boolean): Promise<Depths> {
    const depths = new Map<string, Depth>();
    const { plan, control } = this.#run;
    const one = async (mapping: CreatedMapping) => {
      const source = plan.sources.find((each) => isSourceOf(each, mapping.settings) && wanted(each));
      const depth = source && (await this.#depthOf(mapping, source));
      if (depth) depths.set(mapping.name, depth);
    };
    await Promise.all(control.mappings.filter(({ running }) => running).map(one));
    return depths;
  }

  async #depthOf(mapping: CreatedMapping, source: SourcePlan): Promise<Depth | undefined> {
    if ('topic' in source) return this.#topicDepth(mapping, source);
    if (!isQueue(source) || isElsewhere(source)) return undefined;
    const { visible, inFlight } = await this.#substrate.queues.open(queueNameOf(source.arn)).counts();
    return { visible, inFlight };
  }

  async #topicDepth({ name, uuid, settings }: CreatedMapping, source: TopicSourcePlan): Promise<Depth | undefined> {
    const groupId = settings.consumerGroupId ?? uuid;
    if (isElsewhere(source)) {
      let watched = this.#watches.get(name);
      if (!watched) {
        watched = new Watched(brokerLag(source, this.#run.plan, groupId));
        this.#watches.set(name, watched);
      }
      return watched.latest();
    }
    const topic = this.#substrate.topics.open(source.topic);
    const [partitions, lag] = await Promise.all([topic.partitions(), topic.group(groupId).lag()]);
    return { partitions, lag };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watched) => watched.close()));
  }
}

/** What was last seen, looked at anew now and then by whoever asks; nobody waits for it. */
class Watched {
  readonly #watch: LagWatch;
  #seen: Depth | undefined;
  #isLooking = false;
  #lookAtMs: Millis = 0;

  constructor(watch: LagWatch) {
    this.#watch = watch;
  }

  latest(): Depth | undefined {
    if (!this.#isLooking && systemClock.now() >= this.#lookAtMs) void this.#look();
    return this.#seen;
  }

  /** Brokers that do not answer leave nothing known: an old figure would look as if all were well. */
  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#seen = await this.#watch.look().catch(() => undefined);
    this.#lookAtMs = systemClock.now() + LOOK_AGAIN_MS;
    this.#isLooking = false;
  }

  async close(): Promise<void> {
    await this.#watch.close();
  }
}
