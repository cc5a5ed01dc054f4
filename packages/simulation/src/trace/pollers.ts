/**
 * What a poller's name says: `slot-N` polls a queue, `poller-N` is a member of a consumer group, anything else is the
 * shard that it reads.
 */
export type PollerRole = 'slot' | 'member' | 'shard';

export function roleOf(poller: string | undefined): PollerRole | undefined {
  if (poller === undefined) return undefined;
  if (poller.startsWith('slot-')) return 'slot';
  return poller.startsWith('poller-') ? 'member' : 'shard';
}
