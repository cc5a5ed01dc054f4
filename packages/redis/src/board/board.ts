/**
 * The board on Redis: allowances in a hash per mapping, beside the epoch of its machine; what is told in channels. One
 * connection of this process listens; what is published while it is away is lost, and made up for by what is kept: when it
 * is back, everybody who listens for allowances is told those of now.
 */
import type { Board, BoardFact, Owner } from '@millrace/runtime';
import type { Redis } from 'ioredis';
import { Script } from '../scripts/script.ts';
import { epochKey, ownedKey } from '../turns/epochs.ts';

export interface RedisBoardOptions {
  /** Shared with others; one more connection is made for listening. */
  readonly connection: Redis;
  /** Begins every key and channel; `millrace` when left out. */
  readonly prefix?: string;
  /** Told of what went wrong and will be tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface RedisBoard extends Board {
  close(): void;
}

/**
 * KEYS 1 current epoch of the board's name · 2 its allowances
 * ARGV 1 the owner's epoch · 2 poller · 3 batches, or '' to forget it · 4 channel
 *
 * Keeps what the poller may do and says so; answers 1. Answers 0 and does nothing for an owner that is not the current one.
 */
const allowScript = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], ARGV[2])
else
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
  redis.call('PUBLISH', ARGV[4], ARGV[3] .. ' ' .. ARGV[2])
end
return 1
`);

interface Listening {
  heard(message: string): void;
  /** The connection was lost: something may have been said to nobody. */
  missed(): void;
}

/** Who listens to which channel, over one connection. */
class Channels {
  readonly #listener: Redis;
  readonly #listening = new Map<string, Set<Listening>>();
  readonly #onError: (error: unknown) => void;
  #wasReady = false;

  constructor(listener: Redis, onError: (error: unknown) => void) {
    this.#listener = listener;
    this.#onError = onError;
    listener.on('error', onError);
    listener.on('message', (channel: string, message: string) => {
      for (const { heard } of this.#listening.get(channel) ?? []) heard(message);
    });
    listener.on('ready', () => {
      if (this.#wasReady) for (const channel of this.#listening.keys()) void this.#resubscribe(channel);
      this.#wasReady = true;
    });
  }

  listen(channel: string, one: Listening): () => void {
    const those = this.#listening.get(channel) ?? new Set();
    this.#listening.set(channel, those.add(one));
    if (those.size === 1) this.#listener.subscribe(channel).catch(this.#onError);
    return () => {
      those.delete(one);
      if (those.size > 0) return;
      this.#listening.delete(channel);
      this.#listener.unsubscribe(channel).catch(this.#onError);
    };
  }

  async #resubscribe(channel: string): Promise<void> {
    try {
      await this.#listener.subscribe(channel);
    } catch (error) {
      this.#onError(error);
      return;
    }
    for (const { missed } of this.#listening.get(channel) ?? []) missed();
  }
}

export function redisBoard(options: RedisBoardOptions): RedisBoard {
  const { connection, prefix = 'millrace', onError = () => {} } = options;
  const listener = connection.duplicate();
  const channels = new Channels(listener, onError);
  const keyOf = (name: string) => ownedKey(prefix, name, 'allowances');
  const channelOf = (name: string, what: 'allowances' | 'facts') => `${prefix}:board:${name}:${what}`;
  const write = async ({ name, epoch }: Owner, poller: string, batches: number | '') => {
    const keys = [epochKey(prefix, name), keyOf(name)];
    await allowScript.run(connection, keys, [epoch, poller, batches, channelOf(name, 'allowances')]);
  };
  const allowances = async (name: string): Promise<ReadonlyMap<string, number>> => {
    const kept = await connection.hgetall(keyOf(name));
    return new Map(Object.entries(kept).map(([poller, batches]) => [poller, Number(batches)]));
  };
  return {
    allow: write,
    forget: (owner, poller) => write(owner, poller, ''),
    allowances,
    tell(name, fact) {
      connection.publish(channelOf(name, 'facts'), JSON.stringify(fact)).catch(onError);
    },
    onAllowance(name, heard) {
      const since = new Set<string>();
      const tellAll = async () => {
        since.clear();
        // What is heard while these are on their way is newer.
        for (const [poller, batches] of await allowances(name)) if (!since.has(poller)) heard(poller, batches);
      };
      return channels.listen(channelOf(name, 'allowances'), {
        heard(message) {
          const cut = message.indexOf(' ');
          const poller = message.slice(cut + 1);
          since.add(poller);
          heard(poller, Number(message.slice(0, cut)));
        },
        missed: () => void tellAll().catch(onError),
      });
    },
    onFact: (name, heard, missed) =>
      channels.listen(channelOf(name, 'facts'), {
        heard: (message) => heard(JSON.parse(message) as BoardFact),
        missed,
      }),
    close() {
      listener.disconnect();
    },
  };
}
