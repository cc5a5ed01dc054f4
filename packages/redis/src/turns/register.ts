/** The in-flight register on Redis: one hash per name, one field per lane. Deadlines are kept by Redis's clock. */
import type { AttemptBegun, Begun, Clock, InFlight, Owner, Register } from '@millrace/runtime';
import type { Redis } from 'ioredis';
import { epochKey, ownedKey } from './epochs.ts';
import { beginScript, endScript, openScript } from './register-scripts.ts';

export interface RedisRegisterOptions {
  readonly clock: Clock;
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
  /** True in tests: scripts are told the clock's time instead of asking Redis. */
  readonly tellTime?: boolean;
}

class RedisRegister implements Register {
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #tellTime: boolean;

  constructor(redis: Redis, { clock, prefix = 'millrace', tellTime = false }: RedisRegisterOptions) {
    this.#redis = redis;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#tellTime = tellTime;
  }

  async begin(owner: Owner, { attemptId, lanes, deadlineMs }: AttemptBegun): Promise<Begun> {
    const leftMs = deadlineMs - this.#clock.now();
    const args = [this.#now(), owner.epoch, attemptId, leftMs, ...lanes];
    const [kind, ...by] = (await beginScript.run(this.#redis, this.#keys(owner), args)) as [Begun['kind'], ...Entry];
    return kind === 'busy' ? { kind, by: this.#inFlight(by) } : { kind };
  }

  async end(
    owner: Owner,
    { attemptId, lanes }: Pick<AttemptBegun, 'attemptId' | 'lanes'>,
  ): Promise<'ended' | 'deposed'> {
    const answer = await endScript.run(this.#redis, this.#keys(owner), [owner.epoch, attemptId, ...lanes]);
    return answer === 1 ? 'ended' : 'deposed';
  }

  async open(owner: Owner): Promise<readonly InFlight[] | 'deposed'> {
    const answer = await openScript.run(this.#redis, this.#keys(owner), [this.#now(), owner.epoch]);
    if (!Array.isArray(answer)) return 'deposed';
    const open: InFlight[] = [];
    for (let at = 0; at < answer.length; at += 4) open.push(this.#inFlight(answer.slice(at, at + 4) as Entry));
    return open;
  }

  #inFlight([lane, epoch, leftMs, attemptId]: Entry): InFlight {
    return { lane, attemptId, epoch, deadlineMs: this.#clock.now() + leftMs };
  }

  #keys({ name }: Owner): string[] {
    return [epochKey(this.#prefix, name), ownedKey(this.#prefix, name, 'lanes')];
  }

  #now(): number | '' {
    return this.#tellTime ? this.#clock.now() : '';
  }
}

type Entry = [lane: string, epoch: number, leftMs: number, attemptId: string];

export function redisRegister(redis: Redis, options: RedisRegisterOptions): Register {
  return new RedisRegister(redis, options);
}
