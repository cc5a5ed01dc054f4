/**
 * What the final states of tumbling windows say: every record was seen in exactly one window of its shard, however often its batch
 * was repeated; a final call that was repeated says the same.
 */
import type { ShardEvidence } from './shardEvidence.ts';

export function wrongStates({ stored, calls }: Pick<ShardEvidence, 'stored' | 'calls'>): string[] {
  const states = new Map<string, readonly string[]>();
  for (const { function: name, window } of calls) {
    if (!window?.final) continue;
    const { shard, start, seen = [] } = window;
    states.set(`${name} ${shard} ${start} ${seen.join(' ')}`, seen);
  }
  const counts = new Map<string, number>();
  for (const seen of states.values()) for (const id of seen) counts.set(id, (counts.get(id) ?? 0) + 1);
  return stored.flatMap(({ id, shard }) => {
    const count = counts.get(id) ?? 0;
    return count === 1 ? [] : [`${id} of ${shard} stands ${count} times in final states`];
  });
}
