import type { How } from './commands.mjs';
import type { RunningServer } from './server.mjs';

export interface RedisOptions {
  /** Where Redis keeps its files. Stays after `stop`; without it a folder is made and removed again. */
  readonly dir?: string;
  /** True: every answered write is on disk and survives `kill` and `restart`. */
  readonly appendOnly?: boolean;
  /** A free port when left out. */
  readonly port?: number;
  /** True: also listens on a socket file, `socketPath`. */
  readonly unixSocket?: boolean;
  /** More arguments of redis-server, after all others: the last one wins. */
  readonly args?: readonly string[];
}

export interface RunningRedis extends RunningServer {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  readonly dir: string;
  readonly socketPath: string | undefined;
  /** SIGTERM, then waits until it is gone and removes its folder. Twice is fine. */
  stop(): Promise<void>;
  /** SIGKILL, then waits until it is gone. Its files stay for `restart`. */
  kill(): Promise<void>;
  /** Starts again on the same port and folder, ending it first when it runs. Another `pid` and another `exited` then. */
  restart(): Promise<void>;
}

/** One sentence that says how to get redis-server. */
export const howToGetRedis: string;

/** The path of redis-server, or undefined. `MILLRACE_REDIS_SERVER` overrides every other place. */
export function findRedisServer(env?: Readonly<Record<string, string | undefined>>): Promise<string | undefined>;

/** Finds or installs redis-server. Resolves to undefined when it is there, else to one sentence that says why not. */
export function ensureRedis(how?: How): Promise<string | undefined>;

/** The process id of the Redis that answers PING on a port of 127.0.0.1; undefined when none does. */
export function redisProcessId(port: number): Promise<number | undefined>;

/** Whether any Redis answers on a port of 127.0.0.1, one that wants a password included. */
export function redisAnswers(port: number): Promise<boolean>;

/**
 * A private redis-server on 127.0.0.1: no persistence unless `appendOnly`, never evicts, ready when it resolves, and
 * ended with this process at the latest, however this process ends.
 * @throws an error with `code` `REDIS_SERVER_MISSING`, `REDIS_PORT_TAKEN` or `REDIS_NOT_READY`.
 */
export function startRedis(options?: RedisOptions): Promise<RunningRedis>;
