/**
 * Tells the receives and reads that wait in this process when there is something for them. Scripts publish on a channel in
 * how many milliseconds there will be; one more connection, made when the first of them waits, listens.
 *
 * 1. After a channel was subscribed, and after the connection was lost and made again, everybody is told to look once:
 *    what was published meanwhile was not heard.
 */
import type { RedisClient } from '../connection.ts';

/** Called with the milliseconds until there may be something. */
export type Woken = (inMs: number) => void;

export class Wakeups {
  readonly #client: RedisClient;
  readonly #listeners = new Map<string, Woken>();
  #subscriber: RedisClient | undefined;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  listen(channel: string, woken: Woken): void {
    this.#listeners.set(channel, woken);
    this.#subscriber ??= this.#connect();
    const look = () => woken(0);
    // A subscription that fails is made again when the connection is; until then the heartbeat of who waits serves.
    this.#subscriber.subscribe(channel).then(look, look);
  }

  close(): void {
    this.#listeners.clear();
    this.#subscriber?.disconnect();
    this.#subscriber = undefined;
  }

  #connect(): RedisClient {
    const subscriber =
      'nodes' in this.#client
        ? this.#client.duplicate()
        : this.#client.duplicate({ autoResubscribe: true, maxRetriesPerRequest: null });
    subscriber.on('error', () => {});
    subscriber.on('message', (channel: string, inMs: string) => this.#listeners.get(channel)?.(Number(inMs)));
    subscriber.on('ready', () => {
      for (const woken of this.#listeners.values()) woken(0);
    });
    return subscriber;
  }
}
