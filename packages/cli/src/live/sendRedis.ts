/** A queue on Redis as the target of `millrace send`. */
import { ConnectionLost, redisQueues } from '@millrace/redis';
import type { QueueDefinition, Queues } from '@millrace/runtime';
import type { SendOutcome } from '@millrace/semantics';
import { didYouMean } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { reachRedis, withoutPassword } from './reachRedis.ts';
import { SendFailed, type SendTarget, type Sent } from './sendTarget.ts';

/** Names that an error lists at most. */
const NAMES_SHOWN = 10;

/** @throws {UsageError} when Redis cannot be reached, or has no such queue */
export async function redisTarget(url: string, name: string, prefix: string): Promise<SendTarget> {
  const client = await reachRedis(url);
  const queues = redisQueues({ redis: client, prefix });
  const close = () => {
    void queues.close();
    client.disconnect();
  };
  try {
    const definition = await definitionOf(queues, name, withoutPassword(url));
    const { fifo, contentBasedDeduplication } = definition;
    const queue = queues.open(name);
    return {
      queue: name,
      place: withoutPassword(url),
      fifo,
      contentBasedDeduplication,
      send: (messages) => queue.send(messages).then((outcomes) => outcomes.map(sentOf), failed),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function definitionOf(queues: Queues, name: string, place: string): Promise<QueueDefinition> {
  const definition = await queues.find(name);
  if (definition) return definition;
  const names = await queues.list('');
  const near = didYouMean(name, names);
  if (near !== '') throw new UsageError(`There is no queue ${name} on ${place}.${near}`);
  const there = names.length > NAMES_SHOWN ? [...names.slice(0, NAMES_SHOWN), 'more'] : names;
  const known = names.length === 0 ? 'has no queues yet' : `has ${there.join(', ')}`;
  throw new UsageError(`There is no queue ${name}: ${place} ${known}.`);
}

function sentOf(outcome: SendOutcome): Sent {
  if (outcome.kind === 'sent' || outcome.kind === 'deduplicated') return { kind: outcome.kind };
  return { kind: 'refused', because: `${outcome.code}, ${outcome.message}` };
}

function failed(cause: unknown): never {
  const perhapsSent = cause instanceof ConnectionLost;
  const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  throw new SendFailed(message, { perhapsSent, passes: perhapsSent, cause });
}
