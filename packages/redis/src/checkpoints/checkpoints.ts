/**
 * Checkpoints on Redis. `memoryCheckpoints` is their model: same saves, same owners, same answers.
 *
 * 1. A save is one script: it compares the epoch of the owner's name and writes what the save names, and nothing else, so
 *    that a save costs as much as is in it, however much is kept.
 * 2. Saves of one scope are applied in the order in which one process ordered them, also when Redis was restarted between:
 *    the script always goes with its text. Sent by its digest, a save that Redis did not know the script of would be sent
 *    again behind later ones.
 * 3. A scope is in the index of its mapping before anything is written of it.
 * 4. All that one script touches stands in one slot of a cluster when the owner's name is `mapping/name` of the scope. An
 *    owner of another name is compared too, on a single Redis; a cluster refuses that.
 */
import type { Checkpoints, Progress, Scope } from '@millrace/runtime';
import { comparePositions, isIdle, type LedgerSave, type SaveOrder } from '@millrace/semantics';
import type { RedisClient } from '../connection.ts';
import { epochKey, ownedKey } from '../turns/epochs.ts';
import { writeLane } from './lanes.ts';
import { aheadMember, rangesOf, writePosition } from './positions.ts';
import { type LoadAnswer, progressOf } from './progress.ts';
import { Saves, type Sending } from './saving.ts';
import { BEGIN_LUA, DROP_LUA, LOAD_LUA, SAVE_LUA } from './scripts.ts';

export interface RedisCheckpointsOptions {
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
}

class RedisCheckpoints implements Checkpoints {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  /** Scopes that are in the index of their mapping, or on their way there. */
  readonly #indexed = new Map<string, Map<string, Promise<unknown>>>();

  readonly #saves = new Saves((sending) => this.#send(sending));

  constructor(redis: RedisClient, { prefix = 'millrace' }: RedisCheckpointsOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async load(scope: Scope): Promise<Progress> {
    this.#saves.flush();
    return progressOf((await this.#redis.eval(LOAD_LUA, 3, ...this.#keys(scope))) as LoadAnswer);
  }

  async begin(scope: Scope, starts: ReadonlyMap<string, string>): Promise<boolean> {
    return this.#setMissing(
      scope,
      [...starts].flatMap(([ledger, start]) => [`s:${ledger}`, start]),
    );
  }

  async save(scope: Scope, factor: number, save: Pick<SaveOrder, 'ledgers' | 'lanes'>): Promise<boolean> {
    await this.#index(scope);
    return this.#saves.save(scope, factor, save);
  }

  async #send({ scope, factor, saves }: Sending): Promise<boolean> {
    const ledgers = saves.flatMap((save) => save.ledgers);
    const args: (string | number)[] = [scope.owner?.epoch ?? '', factor, ledgers.length];
    for (const ledger of ledgers) args.push(...ledgerArguments(ledger));
    for (const { lanes } of saves) {
      for (const lane of lanes) args.push(lane.lane, isIdle(lane) ? '' : writeLane(lane));
    }
    return (await this.#redis.eval(SAVE_LUA, 4, this.#epoch(scope), ...this.#keys(scope), ...args)) === 1;
  }

  end(scope: Scope): Promise<boolean> {
    return this.#setMissing(scope, ['ended', '1']);
  }

  async ended(mapping: string): Promise<readonly string[]> {
    const names = await this.#redis.smembers(this.#scopesKey(mapping));
    const flags = await Promise.all(
      names.map((name) => this.#redis.hexists(this.#keys({ mapping, name })[0], 'ended')),
    );
    return names.filter((_, index) => flags[index] === 1);
  }

  /** Should this stop before the index knows, a name stays there that nothing is kept of. */
  async drop(scope: Scope): Promise<void> {
    const { mapping, name } = scope;
    this.#saves.flush();
    if ((await this.#redis.eval(DROP_LUA, 3, ...this.#keys(scope))) !== 1) return;
    this.#indexed.get(mapping)?.delete(name);
    await this.#redis.srem(this.#scopesKey(mapping), name);
  }

  async forget(mapping: string): Promise<void> {
    this.#saves.flush();
    const names = await this.#redis.smembers(this.#scopesKey(mapping));
    await Promise.all(names.map((name) => this.#redis.unlink(...this.#keys({ mapping, name }))));
    await this.#redis.unlink(this.#scopesKey(mapping));
    this.#indexed.delete(mapping);
  }

  async #setMissing(scope: Scope, fields: readonly string[]): Promise<boolean> {
    await this.#index(scope);
    const [progress] = this.#keys(scope);
    const args = [scope.owner?.epoch ?? '', ...fields];
    this.#saves.flush();
    return (await this.#redis.eval(BEGIN_LUA, 2, this.#epoch(scope), progress, ...args)) === 1;
  }

  /** Asked of Redis once for each scope. Whoever comes waits for the same answer, and goes on in the order of coming. */
  #index({ mapping, name }: Scope): Promise<unknown> {
    const scopes = this.#indexed.get(mapping) ?? new Map<string, Promise<unknown>>();
    const known = scopes.get(name);
    if (known) return known;
    const entering = this.#redis.sadd(this.#scopesKey(mapping), name).catch((error: unknown) => {
      scopes.delete(name);
      throw error;
    });
    this.#indexed.set(mapping, scopes.set(name, entering));
    return entering;
  }

  #epoch({ mapping, name, owner }: Scope): string {
    return epochKey(this.#prefix, owner?.name ?? `${mapping}/${name}`);
  }

  #keys({ mapping, name }: Scope): [progress: string, ahead: string, inProgress: string] {
    const key = (what: string) => ownedKey(this.#prefix, `${mapping}/${name}`, what);
    return [key('progress'), key('ahead'), key('in-progress')];
  }

  #scopesKey(mapping: string): string {
    return `{${this.#prefix}:checkpoints:${mapping}}:scopes`;
  }
}

function ledgerArguments({ lane, checkpoint, completed }: LedgerSave): string[] {
  const reach =
    completed.length > 0
      ? completed.reduce((one, other) => (comparePositions(one, other) < 0 ? other : one))
      : undefined;
  const member = reach === undefined ? '' : aheadMember(lane, completed, reach);
  if (checkpoint === undefined) return [lane, '', member, '', '', ''];
  return [lane, writePosition(checkpoint), member, ...rangesOf(lane, checkpoint)];
}

/** `redis` waits for as long as Redis is away if its `maxRetriesPerRequest` is null. */
export function redisCheckpoints(redis: RedisClient, options: RedisCheckpointsOptions = {}): Checkpoints {
  return new RedisCheckpoints(redis, options);
}
