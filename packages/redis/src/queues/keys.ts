/** Where a queue lies in Redis. All keys of one queue share a hash tag, so that they are on one node of a cluster. */

/** The keys in the order in which every script takes them; the preludes in `scripts` say what each holds. */
const PARTS = ['meta', 'm', 's', 'v', 'a', 'd', 'o', 'h', 'w', 'dd', 'da', 'out', 'in'] as const;

export interface QueueKeys {
  readonly all: readonly string[];
  readonly meta: string;
  readonly messages: string;
  /** Queues for which an outbox holds messages. */
  readonly outs: string;
}

export function queueKeys(prefix: string, name: string): QueueKeys {
  // Braces in a name would end the tag early.
  const tag = `${prefix}:{q/${encodeURIComponent(name)}}`;
  const all = PARTS.map((part) => `${tag}:${part}`);
  return { all, meta: `${tag}:meta`, messages: `${tag}:m`, outs: `${tag}:out` };
}

/** The list of messages on their way from a queue to a target. */
export function outboxKey(keys: QueueKeys, target: string): string {
  return `${keys.outs}:${target}`;
}
