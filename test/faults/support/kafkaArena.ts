/**
 * Where faults happen to topics: a stage, the brokers of a test, a topic with a mapping and a function for each line, and
 * somebody who produces and counts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newId } from '@millrace/runtime';
import { Brokers } from '../../../packages/poller-kafka/test/support/kafka.ts';
import { machineNow } from './evidence.ts';
import { type TopicAccount, topicAccount } from './kafkaAccount.ts';
import {
  type Given,
  type GivenUp,
  type LogEnd,
  readTopicCalls,
  type TopicCall,
  type TopicEvidence,
} from './kafkaEvidence.ts';
import { TopicLoad, type TopicLoadOptions } from './kafkaLoad.ts';
import { GroupWatch } from './kafkaWatch.ts';
import { Scene, type Setting, setting } from './scene.ts';
import { type Role, Up } from './up.ts';

const HANDLER = fileURLToPath(new URL('kafkaHandler.mjs', import.meta.url));
const FUNCTION_TIMEOUT_MS = 2000;
/** A rebalance or a lost answer is noticed a little later. */
const AFTERMATH_MS = 1000;

/** One topic, its mapping and its function. */
export interface TopicLine {
  readonly name: string;
  readonly partitions: number;
  /** AWS names; what is left out is set here. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** What the mapping names as its brokers; their listeners in clear text when left out. */
  readonly addresses?: readonly string[] | undefined;
}

interface Watched extends TopicLine {
  readonly topic: string;
  readonly groupId: string;
  readonly watch: GroupWatch;
  partitionsNow: number;
}

export interface KafkaArenaOptions {
  /** Variables of the processes. */
  readonly env?: NodeJS.ProcessEnv;
  /** What the processes are told besides. */
  readonly args?: readonly string[];
}

export class KafkaArena extends Scene<TopicCall> {
  readonly brokers: Brokers;
  readonly #lines: readonly Watched[];
  readonly #options: KafkaArenaOptions;
  readonly #loads: TopicLoad[] = [];

  private constructor(place: Setting, brokers: Brokers, lines: readonly Watched[], options: KafkaArenaOptions) {
    super(place, readTopicCalls);
    this.brokers = brokers;
    this.#lines = lines;
    this.#options = options;
    writeFileSync(this.scenarioFile, JSON.stringify(scenarioOf(lines, brokers.urls, this.logFile)));
  }

  static async open(
    addresses: readonly string[],
    lines: readonly TopicLine[],
    options: KafkaArenaOptions = {},
  ): Promise<KafkaArena> {
    const brokers = await Brokers.connect(addresses);
    const watched: Watched[] = [];
    for (const line of lines) {
      const topic = await brokers.topic(line.partitions);
      const groupId = `g-${newId()}`;
      const watch = new GroupWatch(brokers, topic, groupId);
      watched.push({ ...line, topic, groupId, watch, partitionsNow: line.partitions });
    }
    return new KafkaArena(await setting(), brokers, watched, options);
  }

  override start(role: Role, args: readonly string[] = []): Up {
    const all = [this.scenarioFile, '--role', role, ...(this.#options.args ?? []), ...args];
    const up = new Up(role, all, this.folder, this.redis.url, this.#options.env);
    this.ups.push(up);
    return up;
  }

  /** Everything that was kept or written, for who looks for what must not be in it. */
  written(): string {
    const texts: string[] = this.ups.map(({ said }) => said);
    const add = (folder: string) => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) texts.push(readFileSync(join(entry.parentPath, entry.name), 'latin1'));
      }
    };
    add(this.folder);
    add(this.redis.dir);
    return texts.join('\n');
  }

  line(name = this.#lines[0]?.name): Watched {
    const line = this.#lines.find((one) => one.name === name);
    if (!line) throw new Error(`the scenario has no ${name}`);
    return line;
  }

  /** Produces to the topic of a line, to the first one when none is named. */
  load(options: TopicLoadOptions, name?: string): TopicLoad {
    const { topic, partitionsNow } = this.line(name);
    const load = new TopicLoad(this.brokers, topic, partitionsNow, options);
    this.#loads.push(load);
    return load;
  }

  /** Records whose sending was answered so far. */
  sent(): Given[] {
    return this.#loads.flatMap((load) => load.account());
  }

  async addPartitions(count: number): Promise<void> {
    const line = this.line();
    const fromMs = machineNow();
    line.partitionsNow = count;
    await this.brokers.admin.createPartitions({ topicPartitions: [{ topic: line.topic, count }] });
    // Their leaders are not all there at once.
    const isThere = () =>
      this.#logs(line).then(
        ({ size }) => size === count,
        () => false,
      );
    await this.until('the partitions are there', isThere, 10_000);
    await line.watch.renew();
    // Members look every ten seconds whether there are more.
    this.halts.push({ fromMs, untilMs: machineNow() + 15_000 });
  }

  /** Whatever is done to the brokers meanwhile explains duplicates. */
  async withoutBrokers(fault: () => Promise<unknown>): Promise<void> {
    const fromMs = machineNow();
    await fault();
    this.halts.push({ fromMs, untilMs: machineNow() + AFTERMATH_MS });
  }

  /** Of each lane, from a connection that knows all partitions. */
  async #logs({ topic }: Watched): Promise<Map<string, LogEnd>> {
    const admin = this.brokers.kafka.admin();
    await admin.connect();
    try {
      const all = await admin.fetchTopicOffsets(topic);
      return new Map(
        all.map(({ partition, low, high }) => [`${topic}-${partition}`, { earliest: +low, latest: +high }]),
      );
    } finally {
      await admin.disconnect();
    }
  }

  /** Waits until everything was sent and every group has committed all of it. */
  async drained(patienceMs = 40_000): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.sent));
    for (const line of this.#lines) {
      const logs = await this.#logs(line);
      const isCommitted = async () => {
        const last = new Map(line.watch.commits.map(({ lane, offset }) => [lane, offset]));
        return [...logs].every(([lane, { latest }]) => latest === 0 || (last.get(lane) ?? 0) >= latest);
      };
      await this.until(`${line.name} is committed to its end`, isCommitted, patienceMs);
    }
  }

  /** Stops what still runs, each of which must end well, and draws the account of one line. */
  async account(givenUp: readonly GivenUp[] = [], name?: string): Promise<TopicAccount> {
    const troubles = await this.troubles();
    const line = this.line(name);
    await line.watch.stop();
    const logs = await this.#logs(line);
    const isOfLine = ({ lane }: { readonly lane: string }) => logs.has(lane);
    const evidence: TopicEvidence = {
      sent: this.sent().filter(isOfLine),
      logs,
      calls: this.calls().filter(({ records }) => records.some(isOfLine)),
      halts: [
        ...this.halts,
        ...line.watch.rebalances.map((halt) => ({ ...halt, untilMs: halt.untilMs + AFTERMATH_MS })),
      ],
      givenUp,
      commits: line.watch.commits,
      timeoutMs: FUNCTION_TIMEOUT_MS,
    };
    const { violations, ...rest } = topicAccount(evidence);
    return { ...rest, violations: [...troubles, ...violations] };
  }

  async close(): Promise<void> {
    for (const load of this.#loads) load.stop();
    await Promise.all(this.#loads.map((load) => load.sent.catch(() => {})));
    await Promise.all(this.#lines.map(({ watch }) => watch.stop()));
    await this.closeScene();
    await this.brokers.close();
  }

  protected async depths(): Promise<string> {
    return this.#lines
      .map(({ topic, partitionsNow, watch: { commits, members } }) => {
        const last = Object.fromEntries(commits.map(({ lane, offset }) => [lane, offset]));
        return `${topic} of ${partitionsNow}, ${members} members: ${JSON.stringify(last)}`;
      })
      .join('\n');
  }
}

function scenarioOf(lines: readonly Watched[], brokers: readonly string[], log: string) {
  return {
    scenario: 'faults',
    sources: lines.map(({ topic, partitions, addresses = brokers }) => {
      return { type: 'self-managed-kafka', name: topic, partitions, brokers: addresses };
    }),
    functions: lines.map(({ name }) => {
      const env = { FAULTS_LOG: log };
      return { name, handler: `${HANDLER}#handler`, timeout: `${FUNCTION_TIMEOUT_MS}ms`, env };
    }),
    mappings: lines.map(({ name, topic, groupId, parameters }) => ({
      name,
      source: topic,
      function: name,
      parameters: {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId },
        ...parameters,
      },
    })),
  };
}
