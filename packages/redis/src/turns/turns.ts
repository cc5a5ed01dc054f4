/**
 * Turns on BullMQ: each name is a job that is always there, waiting or in the hands of one process.
 *
 * 1. A process takes no more than its part, names divided by processes, rounded up; at the end of a turn it gives away what
 *    is beyond. A process that has less than its part waits for names.
 * 2. A turn begins with a new epoch, counted up in one step with the proof that this process holds the job, and made the
 *    current one before the handler sees it. Whatever a former owner writes after that is refused.
 * 3. Locks are renewed here, by job and token. What could not be renewed, because it is another process's or nobody's by
 *    now, is lost; that Redis cannot be reached proves nothing.
 * 4. Names and jobs are compared again and again: a job that is missing (Redis lost it, or a process died between two
 *    steps) is made again.
 */
import { newId, type TurnHandler, type Turns } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Job } from 'bullmq';
import { withoutColon } from '../jobs/names.ts';
import { Queue, Worker } from '../libraries.ts';
import { Deferred } from './deferred.ts';
import { EPOCH_KEPT_MS, epochKey, raiseScript } from './epochs.ts';
import { HeldTurn } from './held.ts';
import {
  AGAIN_MS,
  BEAT_MS,
  COUNTED_MS,
  LONGEST_UNWANTED_MS,
  LOST_GRACE_MS,
  type RedisTurnsOptions,
  SHORTEST_TURN_MS,
  STALLED_CHECK_MS,
  type TurnTimes,
  turnTimes,
} from './options.ts';
import { attendScript, claimScript, liftScript } from './scripts.ts';

const QUEUE = 'turns';
const UNLIMITED = Number.MAX_SAFE_INTEGER;

class RedisTurns implements Turns {
  readonly #options: RedisTurnsOptions;
  readonly #times: TurnTimes;
  readonly #id = newId();
  readonly #tag: string;
  readonly #queue: Queue;
  readonly #held = new Map<string, HeldTurn>();
  readonly #closing = new AbortController();
  #worker: Worker | undefined;
  #loops: Promise<unknown> = Promise.resolve();
  /** By name: how often in a row its turn was given away at once. */
  readonly #unwanted = new Map<string, number>();
  #part = 0;
  #tokens = 0;
  #wake = new Deferred();

  constructor(options: RedisTurnsOptions) {
    this.#options = options;
    this.#times = turnTimes(options);
    this.#tag = `{${options.prefix ?? 'millrace'}:turns:${options.group ?? 'pollers'}}`;
    this.#queue = new Queue(QUEUE, {
      connection: options.connection,
      prefix: this.#tag,
      skipVersionCheck: true,
      streams: { events: { maxLen: 0 } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', this.#failed);
  }

  async add(name: string): Promise<void> {
    await this.#options.connection.sadd(this.#key('names'), name);
    await this.#queue.add(name, {}, { jobId: jobId(name) });
    if (this.#worker) await this.#attend();
  }

  async remove(name: string): Promise<void> {
    await this.#options.connection.srem(this.#key('names'), name);
    if (this.#worker) await this.#attend();
  }

  async names(): Promise<readonly string[]> {
    return (await this.#options.connection.smembers(this.#key('names'))).sort();
  }

  held(): readonly string[] {
    return [...this.#held.keys()];
  }

  serve(handler: TurnHandler): void {
    if (this.#worker) throw new Error('Turns are served already: call serve() once.');
    this.#worker = new Worker(QUEUE, null, {
      connection: this.#options.connection,
      prefix: this.#tag,
      autorun: false,
      skipVersionCheck: true,
      lockDuration: this.#times.lockMs,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: UNLIMITED,
    });
    this.#worker.on('error', this.#failed);
    const worker = this.#worker;
    void worker.startStalledCheckTimer().catch(this.#failed);
    this.#loops = Promise.all([
      this.#every(BEAT_MS, () => this.#attend()),
      this.#every(this.#times.lockMs / 3, () => this.#renew(worker)),
      this.#takeTurns(worker, handler),
    ]);
  }

  async close(graceMs: Millis): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#wake.resolve();
    for (const turn of this.#held.values()) turn.end(graceMs);
    const { clock } = this.#options;
    const closed = new AbortController();
    void this.#closeAll().finally(() => closed.abort());
    // Without Redis nothing can be put back: others take it over as they do from a process that was killed.
    await clock.until(clock.now() + graceMs + LOST_GRACE_MS, closed.signal);
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#held.values()].map((turn) => turn.over));
    await this.#worker?.close(true);
    await this.#loops;
    await this.#options.connection.zrem(this.#key('processes'), this.#id).catch(this.#failed);
    await this.#queue.close();
  }

  /** Says that this process is there, and learns how many names are its part. */
  async #attend(): Promise<void> {
    const served = [...this.#held.keys()];
    const jobKeys = ['wait', 'active', 'delayed'].map((list) => this.#queue.toKey(list));
    const keys = [this.#key('processes'), this.#key('names'), ...jobKeys];
    const answer = await attendScript.run(this.#options.connection, keys, ['', this.#id, COUNTED_MS, ...served]);
    const [processes, names, jobs, ...removed] = answer as [number, number, number, ...string[]];
    this.#part = Math.ceil(names / Math.max(1, processes));
    for (const name of removed) this.#held.get(name)?.end(this.#times.drainMs);
    if (this.#held.size < this.#part) this.#wake.resolve();
    if (jobs < names) await this.#repair();
  }

  async #repair(): Promise<void> {
    for (const name of await this.names()) await this.#queue.add(name, {}, { jobId: jobId(name) });
  }

  async #renew(worker: Worker): Promise<void> {
    const turns = [...this.#held.values()].filter((turn) => !turn.isLost);
    if (turns.length === 0) return;
    const ids = turns.map((turn) => jobId(turn.name));
    const tokens = turns.map((turn) => turn.token);
    const askedMs = this.#options.clock.now();
    const failed = new Set(await worker.extendJobLocks(ids, tokens, this.#times.lockMs));
    for (const turn of turns) {
      if (!failed.has(jobId(turn.name))) turn.provenMs = askedMs;
      else if (this.#held.get(turn.name) === turn) turn.lose();
    }
  }

  async #takeTurns(worker: Worker, handler: TurnHandler): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#held.size >= this.#part) {
        this.#wake = new Deferred();
        await this.#wake.promise;
        continue;
      }
      const token = `${this.#id}-${this.#tokens++}`;
      const job = await worker.getNextJob(token, { block: true }).catch((error: unknown) => this.#pause(error));
      if (job && this.#closing.signal.aborted) await job.moveToWait(token).catch(this.#failed);
      else if (job) void this.#serveTurn(job, token, handler).catch(this.#failed);
    }
  }

  async #serveTurn(job: Job, token: string, handler: TurnHandler): Promise<void> {
    const { lockMs } = this.#times;
    const turn = new HeldTurn(job.name, job, token, { clock: this.#options.clock, lockMs });
    const former = this.#held.get(turn.name);
    former?.lose();
    this.#held.set(turn.name, turn);
    try {
      const epoch = await this.#claim(turn);
      await former?.over;
      turn.epoch = epoch;
      if (epoch > 0 && !turn.isLost) await this.#handle(turn, handler);
      if (!turn.isLost && epoch !== 0) await this.#putBack(turn);
    } finally {
      turn.close();
      if (this.#held.get(turn.name) === turn) this.#held.delete(turn.name);
      this.#wake.resolve();
    }
  }

  /** The turn's epoch; 0 when the job is not this process's any more, -1 when nobody is to serve the name. */
  async #claim(turn: HeldTurn): Promise<number> {
    const { connection, prefix = 'millrace' } = this.#options;
    const keys = [`${this.#queue.toKey(jobId(turn.name))}:lock`, this.#key('names'), this.#key('epochs')];
    const epoch = Number(await claimScript.run(connection, keys, [turn.token, turn.name]));
    if (epoch <= 0) return epoch;
    const current = Number(await raiseScript.run(connection, [epochKey(prefix, turn.name)], [epoch, EPOCH_KEPT_MS]));
    if (current === epoch) return epoch;
    // Either somebody took the job since, or Redis lost the count but not the epoch: then the next turn counts from there.
    await liftScript.run(connection, [this.#key('epochs')], [turn.name, current]);
    return 0;
  }

  async #handle(turn: HeldTurn, handler: TurnHandler): Promise<void> {
    const { clock } = this.#options;
    turn.beganAtMs = clock.now();
    // Turns that began together end one after the other.
    turn.lasts(this.#times.turnMs * (0.5 + Math.random() / 2), () => this.#atEnd(turn));
    if (this.#closing.signal.aborted) turn.end(0);
    const returned = handler(turn).then(() => true, this.#failed);
    const isGivenAway = (await Promise.race([returned, this.#givenUp(turn)])) === true;
    const shortest = AbortSignal.any([turn.ending, this.#closing.signal]);
    await clock.until(turn.beganAtMs + this.#keptFor(turn, isGivenAway), shortest);
  }

  /** What nobody here wants, such as a mapping that its file does not have any more, is kept longer each time. */
  #keptFor({ name, beganAtMs }: HeldTurn, isGivenAway: boolean): Millis {
    if (!isGivenAway || this.#options.clock.now() - beganAtMs >= SHORTEST_TURN_MS) {
      this.#unwanted.delete(name);
      return SHORTEST_TURN_MS;
    }
    const before = this.#unwanted.get(name) ?? 0;
    this.#unwanted.set(name, before + 1);
    return Math.min(LONGEST_UNWANTED_MS, SHORTEST_TURN_MS * 2 ** before);
  }

  #atEnd(turn: HeldTurn): void {
    const going = [...this.#held.values()].filter((each) => !each.ending.aborted).length;
    if (going > this.#part) turn.end(this.#times.drainMs);
    else turn.lasts(this.#times.turnMs, () => this.#atEnd(turn));
  }

  /** Resolves some time after the turn was lost. */
  #givenUp(turn: HeldTurn): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const giveUp = () => void clock.at(clock.now() + LOST_GRACE_MS, resolve);
      turn.lost.addEventListener('abort', giveUp, { once: true });
      void turn.over.then(() => turn.lost.removeEventListener('abort', giveUp));
    });
  }

  async #putBack(turn: HeldTurn): Promise<void> {
    const { connection } = this.#options;
    if (await connection.sismember(this.#key('names'), turn.name)) {
      await turn.job.moveToWait(turn.token);
      return;
    }
    await turn.job.moveToCompleted(null, turn.token, false);
    // Whoever added the name meanwhile found a job and made none.
    if (await connection.sismember(this.#key('names'), turn.name)) await this.add(turn.name);
  }

  async #every(everyMs: Millis, run: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    while (!this.#closing.signal.aborted || this.#held.size > 0) {
      await run().catch(this.#failed);
      await clock.until(clock.now() + everyMs, this.#held.size > 0 ? undefined : this.#closing.signal);
    }
  }

  async #pause(error: unknown): Promise<undefined> {
    this.#failed(error);
    await this.#options.clock.until(this.#options.clock.now() + AGAIN_MS, this.#closing.signal);
  }

  readonly #failed = (error: unknown): void => {
    if (!this.#closing.signal.aborted) this.#options.onError?.(error);
  };

  #key(what: string): string {
    return `${this.#tag}:${what}`;
  }
}

function jobId(name: string): string {
  return `turn-${withoutColon(name)}`;
}

/** Turns shared by all processes that use the same Redis, prefix and group. */
export function redisTurns(options: RedisTurnsOptions): Turns {
  return new RedisTurns(options);
}
