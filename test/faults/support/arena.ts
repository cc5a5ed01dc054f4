/**
 * Where faults happen: a Redis of its own that keeps on disk what it has answered, any number of `millrace up` processes
 * on one scenario, and somebody who sends and counts. Whatever is killed or paused goes through here, so that the account
 * knows of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { redisQueues } from '@millrace/redis';
import type { Queues } from '@millrace/runtime';
import { dropFolder, makeFolder } from '../../../infra/components/process.mjs';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { type Account, accountFor } from './account.ts';
import { type Call, type Evidence, type Halt, machineNow, readCalls } from './evidence.ts';
import { Load, type LoadOptions } from './load.ts';
import { type Role, Up } from './up.ts';

const HANDLER = fileURLToPath(new URL('handler.mjs', import.meta.url));

const SHORT_CALL_MS = 40;

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

export class Arena {
  readonly redis: RunningRedis;
  readonly queues: Queues;
  readonly ups: Up[] = [];
  readonly #folder: string;
  readonly #lines: readonly Line[];
  readonly #loads: Load[] = [];
  readonly #halts: Halt[] = [];

  private constructor(redis: RunningRedis, folder: string, lines: readonly Line[]) {
    this.redis = redis;
    this.queues = redisQueues({ redis: redis.url });
    this.#folder = folder;
    this.#lines = lines;
    writeFileSync(this.#logFile, '');
    writeFileSync(this.#scenarioFile, JSON.stringify(scenarioOf(lines, this.#logFile)));
  }

  static async open(lines: readonly Line[]): Promise<Arena> {
    const redis = await startRedis({ appendOnly: true });
    return new Arena(redis, makeFolder('millrace-faults-'), lines);
  }

  get #logFile(): string {
    return join(this.#folder, 'calls.jsonl');
  }

  get #scenarioFile(): string {
    return join(this.#folder, 'faults.json');
  }

  /** Starts a process; `ready` says when it polls. */
  start(role: Role, args: readonly string[] = []): Up {
    const up = new Up(role, [this.#scenarioFile, '--role', role, ...args], this.#folder, this.redis.url);
    this.ups.push(up);
    return up;
  }

  /** Starts as many, and waits for all. */
  async startAll(...roles: readonly Role[]): Promise<Up[]> {
    const ups = roles.map((role) => this.start(role));
    await Promise.all(ups.map((up) => up.ready));
    return ups;
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

  /** The calls so far. */
  calls(): Call[] {
    return readCalls(readFileSync(this.#logFile, 'utf8'));
  }

  /** Those that ran in a process or its children. */
  callsOf({ pid }: Up): Call[] {
    return this.calls().filter((call) => call.pid === pid || call.ppid === pid);
  }

  async kill(...ups: readonly Up[]): Promise<void> {
    const fromMs = machineNow();
    for (const { pid } of ups) this.#halts.push({ pid, fromMs, untilMs: Number.POSITIVE_INFINITY });
    await Promise.all(ups.map((up) => up.kill()));
  }

  /** Kills a process that has a call in its hands. @throws when the call could end before */
  async killInCall(up: Up): Promise<void> {
    const openCalls = () => this.callsOf(up).filter(({ ended }) => !ended);
    // One that has lasted for a while is one that lasts for longer.
    const isLong = ({ startedMs }: Call) => machineNow() - startedMs > SHORT_CALL_MS;
    await this.until('a long call to be hit', async () => openCalls().some(isLong), 20_000, 5);
    await this.kill(up);
    if (openCalls().length === 0) throw new Error('the call had ended before its process was killed');
  }

  /** SIGSTOP, then SIGCONT. */
  async pause(up: Up, forMs: number): Promise<void> {
    const fromMs = machineNow();
    up.signal('SIGSTOP');
    await sleep(forMs);
    this.#halts.push({ pid: up.pid, fromMs, untilMs: machineNow() + 1000 });
    up.signal('SIGCONT');
  }

  /** Whatever is done to Redis meanwhile explains duplicates. */
  async withoutRedis(fault: (redis: RunningRedis) => Promise<unknown>): Promise<void> {
    const fromMs = machineNow();
    await fault(this.redis);
    this.#halts.push({ fromMs, untilMs: machineNow() + 1000 });
  }

  /** Waits until a number of calls has been started since now. */
  async seeCalls(more: number, patienceMs = 20_000): Promise<void> {
    const before = this.calls().length;
    await this.until(`${more} more calls`, async () => this.calls().length >= before + more, patienceMs);
  }

  async until(what: string, holds: () => Promise<boolean>, patienceMs: number, everyMs = 50): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await holds())) {
      if (performance.now() > deadline)
        throw new Error(`${what}: not within ${patienceMs} ms\n${this.#situation()}\nqueues: ${await this.#depths()}`);
      await sleep(everyMs);
    }
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
    for (const up of this.ups.filter(({ isGone }) => !isGone)) await up.stop();
    const troubles = this.ups.flatMap((up) => up.troubles());
    const [dead, left] = await Promise.all([this.#ids('dead'), this.#ids('left')]);
    const sent = this.#loads.flatMap((load) => load.account());
    const functions = new Map(this.#lines.map((line) => [line.name, limitOf(line)]));
    const evidence: Evidence = { sent, calls: this.calls(), halts: this.#halts, dead, left, functions };
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
    await Promise.all(this.ups.map((up) => up.kill()));
    await this.queues.close();
    await this.redis.stop();
    dropFolder(this.#folder);
  }

  #situation(): string {
    return this.ups.map((up) => up.about()).join('\n');
  }

  async #depths(): Promise<string> {
    const depths = this.#lines.map(async ({ name, fifo }) => [
      name,
      await this.queues.open(queueOf(name, fifo)).counts(),
    ]);
    const late = sleep(2000, [['Redis does not answer']]);
    return JSON.stringify(await Promise.race([Promise.all(depths), late]));
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
