/**
 * The stage of fault tests: a Redis of its own that keeps on disk what it has answered, any number of `millrace up`
 * processes on one scenario, and a log of what the functions did. Whatever is killed or paused goes through here, so that
 * the account knows of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropFolder, makeFolder } from '../../../infra/components/process.mjs';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { type Halt, machineNow } from './evidence.ts';
import { type Role, Up } from './up.ts';

const SHORT_CALL_MS = 40;

/** What the stage has to know of a call. */
interface SeenCall {
  readonly pid: number;
  readonly ppid: number;
  readonly startedMs: number;
  /** When it was last heard of. */
  readonly seenMs: number;
  readonly ended: boolean;
}

export interface Setting {
  readonly redis: RunningRedis;
  readonly folder: string;
}

/** A Redis and a folder for a scene, both gone with it. */
export async function setting(): Promise<Setting> {
  return { redis: await startRedis({ appendOnly: true }), folder: makeFolder('millrace-faults-') };
}

export abstract class Scene<C extends SeenCall> {
  readonly redis: RunningRedis;
  readonly ups: Up[] = [];
  protected readonly folder: string;
  protected readonly halts: Halt[] = [];
  readonly #read: (text: string) => C[];

  protected constructor({ redis, folder }: Setting, read: (text: string) => C[]) {
    this.redis = redis;
    this.folder = folder;
    this.#read = read;
    writeFileSync(this.logFile, '');
  }

  protected get logFile(): string {
    return join(this.folder, 'calls.jsonl');
  }

  protected get scenarioFile(): string {
    return join(this.folder, 'faults.json');
  }

  /** Starts a process; `ready` says when it polls. */
  start(role: Role, args: readonly string[] = []): Up {
    const up = new Up(role, [this.scenarioFile, '--role', role, ...args], this.folder, this.redis.url);
    this.ups.push(up);
    return up;
  }

  /** Starts as many, and waits for all. */
  async startAll(...roles: readonly Role[]): Promise<Up[]> {
    const ups = roles.map((role) => this.start(role));
    await Promise.all(ups.map((up) => up.ready));
    return ups;
  }

  /** The calls so far. */
  calls(): C[] {
    return this.#read(readFileSync(this.logFile, 'utf8'));
  }

  /** Those that ran in a process or its children. */
  callsOf({ pid }: Up): C[] {
    return this.calls().filter((call) => call.pid === pid || call.ppid === pid);
  }

  async kill(...ups: readonly Up[]): Promise<void> {
    const fromMs = machineNow();
    for (const { pid } of ups) this.halts.push({ pid, fromMs, untilMs: Number.POSITIVE_INFINITY });
    await Promise.all(ups.map((up) => up.kill()));
  }

  /** Kills a process that has a call in its hands. @throws when the call could end before */
  async killInCall(up: Up): Promise<void> {
    await this.inCall(up);
    const killedMs = machineNow();
    await this.kill(up);
    // What is left of an isolated function may still end its call: nobody hears of it.
    const isHit = ({ startedMs, seenMs, ended }: C) => startedMs < killedMs && (!ended || seenMs > killedMs);
    if (!this.callsOf(up).some(isHit)) throw new Error('the call had ended before its process was killed');
  }

  /** Kills whichever of these has a call in its hands; answers which. */
  async killOneInCall(ups: readonly Up[]): Promise<Up> {
    const up = await this.inCall(...ups);
    await this.kill(up);
    return up;
  }

  /** Waits until one of these processes has a call in its hands that is to last for longer; answers which. */
  async inCall(...ups: readonly Up[]): Promise<Up> {
    // One that has lasted for a while is one that lasts for longer.
    const isLong = ({ startedMs }: C) => machineNow() - startedMs > SHORT_CALL_MS;
    let found: Up | undefined;
    const isFound = async () => {
      found = ups.find((up) => this.#openCalls(up).some(isLong));
      return found !== undefined;
    };
    await this.until('a long call to be hit', isFound, 20_000, 5);
    if (!found) throw new Error('no call was hit');
    return found;
  }

  #openCalls(up: Up): C[] {
    return this.callsOf(up).filter(({ ended }) => !ended);
  }

  /** SIGSTOP, then SIGCONT. */
  async pause(up: Up, forMs: number): Promise<void> {
    const fromMs = machineNow();
    up.signal('SIGSTOP');
    await sleep(forMs);
    const resumedMs = machineNow();
    this.halts.push({ pid: up.pid, fromMs, untilMs: resumedMs + 1000, resumedMs });
    up.signal('SIGCONT');
  }

  /** Whatever is done to Redis meanwhile explains duplicates. */
  async withoutRedis(fault: (redis: RunningRedis) => Promise<unknown>): Promise<void> {
    const fromMs = machineNow();
    await fault(this.redis);
    this.halts.push({ fromMs, untilMs: machineNow() + 1000 });
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
        throw new Error(`${what}: not within ${patienceMs} ms\n${this.#situation()}\n${await this.depths()}`);
      await sleep(everyMs);
    }
  }

  /** What lies where, for people. */
  protected abstract depths(): Promise<string>;

  /** Stops what still runs, each of which must end well; answers what was wrong with any process. */
  protected async troubles(): Promise<string[]> {
    for (const up of this.ups.filter(({ isGone }) => !isGone)) await up.stop();
    return this.ups.flatMap((up) => up.troubles());
  }

  protected async closeScene(): Promise<void> {
    await Promise.all(this.ups.map((up) => up.kill()));
    await this.redis.stop();
    dropFolder(this.folder);
  }

  #situation(): string {
    return this.ups.map((up) => up.about()).join('\n');
  }
}
