/**
 * The connection to Redis that the substrate runs its scripts on.
 *
 * 1. A command that was on its way when the connection was lost may or may not have been carried out. It is rejected, so
 *    that whoever knows whether a repetition does harm decides; nothing is repeated behind their back.
 * 2. Whoever comes while Redis is away waits until it is back.
 * 3. An error of a script does not have with it what the script was given: messages and records belong in no log.
 */
import type { Cluster } from 'ioredis';
import { gatherWrites } from './gather.ts';
import { Redis } from './libraries.ts';
import type { Script } from './scripts/script.ts';

const LONGEST_PAUSE_MS = 1000;

/** A client of one Redis, or of a Redis Cluster. */
export type RedisClient = Redis | Cluster;

/** Connects to `redis://`, `rediss://` or `unix:` addresses; reconnects for ever, with growing pauses of at most 1 s. */
export function connectRedis(url: string): Redis {
  return connect(url, 0);
}

/**
 * The same for BullMQ and for whatever else repeats its commands until Redis is back: those that were on their way are sent
 * again, so that every one of them may be carried out twice.
 */
export function connectPatiently(url: string): Redis {
  return connect(url, null);
}

function connect(url: string, maxRetriesPerRequest: number | null): Redis {
  const retryStrategy = (times: number) => Math.min(20 * 2 ** Math.min(times, 6), LONGEST_PAUSE_MS);
  return gatherWrites(new Redis(url, { maxRetriesPerRequest, retryStrategy }));
}

/** The connection was lost before Redis answered: whether the script has run is not known. */
export class ConnectionLost extends Error {
  readonly code = 'REDIS_CONNECTION_LOST';

  constructor(cause: unknown) {
    super('The connection to Redis was lost before it answered; whether it did what was asked is not known.', {
      cause,
    });
    this.name = 'ConnectionLost';
  }
}

export class ScriptRunner {
  readonly client: RedisClient;
  readonly #loading = new Map<string, Promise<unknown>>();
  #closed = false;
  #endWaiting: () => void = () => {};

  constructor(client: RedisClient) {
    this.client = client;
  }

  /** Runs a script. @throws {ConnectionLost} when it may or may not have run */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (this.client.status !== 'ready') await this.#ready();
    try {
      return await script.run(this.client, keys, args);
    } catch (error) {
      // ioredis adds the command that failed.
      if (error instanceof Error && 'command' in error) delete error.command;
      throw isLoss(error) ? new ConnectionLost(error) : error;
    }
  }

  /** Runs a script that may run twice: it is repeated until there is an answer. */
  async insist(script: Script, keys: readonly string[], args: () => readonly (string | number)[]): Promise<unknown> {
    return this.#insist(() => this.run(script, keys, args()));
  }

  /** Carries out commands that may be carried out twice, until there is an answer. */
  async read<T>(ask: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#insist(async () => {
      if (this.client.status !== 'ready') await this.#ready();
      return ask(this.client);
    });
  }

  /** Nothing will be answered any more: whoever repeats what failed has to stop. */
  get isOver(): boolean {
    return this.#closed || this.client.status === 'end';
  }

  /** Whoever waits for Redis is told at once: a client that is disconnected while it is away says nothing more itself. */
  close(): void {
    this.#closed = true;
    this.#endWaiting();
  }

  async #insist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (this.isOver || !(error instanceof ConnectionLost || isLoss(error))) throw error;
      }
    }
  }

  /** One listener stands for all that wait. */
  #ready(): Promise<unknown> {
    const { client } = this;
    if (this.isOver) throw new ConnectionLost(undefined);
    const known = this.#loading.get('ready');
    if (known) return known;
    if (client.status === 'wait') client.connect().catch(() => {});
    const waiting = new Promise<void>((resolve, reject) => {
      const leave = () => {
        client.off('ready', done);
        client.off('end', ended);
        this.#loading.delete('ready');
      };
      const done = () => {
        leave();
        resolve();
      };
      const ended = () => {
        leave();
        reject(new ConnectionLost(undefined));
      };
      client.on('ready', done);
      client.on('end', ended);
      this.#endWaiting = ended;
    });
    this.#loading.set('ready', waiting);
    return waiting;
  }
}

/** What ioredis says of commands that were on their way; errors that Redis itself answered have another name. */
function isLoss(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'ReplyError') return false;
  return error.name === 'MaxRetriesPerRequestError' || /connection|ECONN|EPIPE|writeable/i.test(error.message);
}
