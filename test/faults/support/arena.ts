/**
 * Where faults happen to queues: a stage with a queue, a mapping and a function of each name, and somebody who sends and
 * counts.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { redisQueues } from '@millrace/redis';
import type { Queues } from '@millrace/runtime';
import { type Account, accountFor } from './account.ts';
import { type Call, type Evidence, readCalls } from './evidence.ts';
import { Load, type LoadOptions } from './load.ts';
import { Scene, type Setting, setting } from './scene.ts';

const HANDLER = fileURLToPath(new URL('handler.mjs', import.meta.url));

/** One queue, its mapping and its function, all of this name. */
export interface Line {
  readonly name: string;
  readonly fifo?: boolean;
  readonly visibilityMs?: number;
  readonly maxReceiveCount?: number;
  readonly timeoutMs?: number;
  readonly run?: 'worker' | 'isolated';
  readonly export?: 'handler' | 'busy';
  readonly batchSize?: number;
  readonly maximumConcurrency?: number;
  readonly reservedConcurrency?: number;
  readonly memoryMb?: number;
}

export class Arena extends Scene<Call> {
  readonly queues: Queues;
  readonly #lines: readonly Line[];
  readonly #loads: Load[] = [];

  private constructor(place: Setting, lines: readonly Line[]) {
    super(place, readCalls);
    this.queues = redisQueues({ redis: place.redis.url });
    this.#lines = lines;
    writeFileSync(this.scenarioFile, JSON.stringify(scenarioOf(lines, this.logFile)));
  }

  static async open(lines: readonly Line[]): Promise<Arena> {
    return new Arena(await setting(), lines);
  }

  load(options: Omit<LoadOptions, 'fifo'>): Load {
    const fifo = this.#line(options.queue).fifo === true;
    const load = new Load(this.queues.open(queueOf(options.queue, fifo)), { ...options, fifo });
    this.#loads.push(load);
    return load;
  }

  #line(name: string): Line {
    const line = this.#lines.find((one) => one.name === name);
    if (!line) throw new Error(`the scenario has no ${name}`);
    return line;
  }

  /** Waits until everything was sent and every queue is empty, dead letters aside. */
  async drained(patienceMs = 40_000): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.sent));
    const isEmpty = async () => {
      for (const { name, fifo } of this.#lines) {
        const { visible, inFlight, delayed } = await this.queues.open(queueOf(name, fifo)).counts();
        if (visible + inFlight + delayed > 0) return false;
      }
      return true;
    };
    await this.until('every queue is empty', isEmpty, patienceMs);
  }

  /** Stops what still runs, each of which must end well, and draws the account. */
  async account(): Promise<Account> {
    const troubles = await this.troubles();
    const [dead, left] = await Promise.all([this.#ids('dead'), this.#ids('left')]);
    const sent = this.#loads.flatMap((load) => load.account());
    const functions = new Map(this.#lines.map((line) => [line.name, limitOf(line)]));
    const evidence: Evidence = { sent, calls: this.calls(), halts: this.halts, dead, left, functions };
    const { violations, ...rest } = accountFor(evidence);
    return { ...rest, violations: [...troubles, ...violations] };
  }

  async #ids(which: 'dead' | 'left'): Promise<string[]> {
    const ids: string[] = [];
    for (const { name, fifo, maxReceiveCount } of this.#lines) {
      if (which === 'dead' && maxReceiveCount === undefined) continue;
      const queue = this.queues.open(queueOf(which === 'dead' ? `${name}-dead` : name, fifo));
      for (const { sent } of await queue.peek(100_000)) ids.push((JSON.parse(sent.body) as { id: string }).id);
    }
    return ids;
  }

  async close(): Promise<void> {
    for (const load of this.#loads) load.stop();
    await this.queues.close();
    await this.closeScene();
  }

  protected async depths(): Promise<string> {
    const depths = this.#lines.map(async ({ name, fifo }) => [
      name,
      await this.queues.open(queueOf(name, fifo)).counts(),
    ]);
    const late = sleep(2000, [['Redis does not answer']]);
    return `queues: ${JSON.stringify(await Promise.race([Promise.all(depths), late]))}`;
  }
}

function queueOf(name: string, fifo = false): string {
  return fifo ? `${name}.fifo` : name;
}

function limitOf({ timeoutMs = 2000, maximumConcurrency, reservedConcurrency }: Line) {
  const most = Math.min(maximumConcurrency ?? Infinity, reservedConcurrency ?? Infinity);
  return { timeoutMs, most: most === Infinity ? undefined : most };
}

function scenarioOf(lines: readonly Line[], log: string) {
  return {
    scenario: 'faults',
    sources: lines.map(({ name, fifo, visibilityMs = 6000, maxReceiveCount }) => ({
      name: queueOf(name, fifo),
      type: fifo ? 'sqs-fifo' : 'sqs',
      visibilityTimeout: `${visibilityMs}ms`,
      ...(maxReceiveCount && { redrive: { maxReceiveCount, deadLetterQueue: queueOf(`${name}-dead`, fifo) } }),
    })),
    functions: lines.map((line) => ({
      name: line.name,
      handler: `${HANDLER}#${line.export ?? 'handler'}`,
      timeout: `${line.timeoutMs ?? 2000}ms`,
      run: line.run ?? 'worker',
      env: { FAULTS_LOG: log, FAULTS_FUNCTION: line.name },
      ...(line.memoryMb && { memory: line.memoryMb }),
      ...(line.reservedConcurrency && { reservedConcurrency: line.reservedConcurrency }),
    })),
    mappings: lines.map(({ name, fifo, batchSize = 5, maximumConcurrency }) => ({
      name,
      source: queueOf(name, fifo),
      function: name,
      parameters: {
        BatchSize: batchSize,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ...(maximumConcurrency && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
      },
    })),
  };
}
