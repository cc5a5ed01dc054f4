/**
 * The identity of an attempt: the same exact batch, ordered for the same time, has the same id in whichever process it is
 * ordered, and no other batch has it. It holds no colon, because BullMQ refuses them in job ids.
 */
import { hash } from 'node:crypto';
import type { DiscardOrder, InvokeOrder, Position } from '@millrace/semantics';
import { packed } from '../packed.ts';

/**
 * `scope`: the shard, or the consumer group; positions alone may be those of another shard too. `generation`: the mapping's
 * configuration, so that a changed mapping joins no attempt of before.
 */
export function attemptId(mapping: string, scope: string, generation: number, order: InvokeOrder): string {
  const { ordinal, window, lanes, positions } = order;
  const empty = positions.length === 0 ? lanes.join(' ') : '';
  return idOf(`${mapping}\n${scope}\n${generation}\n${ordinal}\n${window?.startMs ?? ''}\n${empty}\n`, positions);
}

/** The identity of a discard: the same records, given up for the same reason, are handed to their destination once. */
export function discardId(mapping: string, scope: string, order: DiscardOrder): string {
  const { condition, window, positions } = order;
  return idOf(`discard\n${mapping}\n${scope}\n${condition}\n${window?.startMs ?? ''}\n`, positions);
}

function idOf(head: string, positions: readonly Position[]): string {
  return hash('sha256', `${head}${JSON.stringify(packed(positions))}`).slice(0, 32);
}

/** The request id of an attempt, in the form of a UUID. */
export function requestIdOf(attempt: string): string {
  const at = (from: number, to: number) => attempt.slice(from, to);
  return `${at(0, 8)}-${at(8, 12)}-4${at(13, 16)}-8${at(17, 20)}-${at(20, 32)}`;
}
