/**
 * The identity of an attempt: the same exact batch, ordered for the same time, has the same id in whichever process it is
 * ordered, and no other batch has it. It holds no colon, because BullMQ refuses them in job ids.
 */
import { createHash } from 'node:crypto';
import type { InvokeOrder } from '@millrace/semantics';

/** `generation`: the mapping's configuration, so that a changed mapping joins no attempt of before. */
export function attemptId(mapping: string, generation: number, order: InvokeOrder): string {
  const hash = createHash('sha256');
  hash.update(`${mapping}\n${generation}\n${order.ordinal}\n${order.window?.startMs ?? ''}\n`);
  for (const position of order.positions) hash.update(`${position}\n`);
  return hash.digest('hex').slice(0, 32);
}

/** The request id of an attempt, in the form of a UUID. */
export function requestIdOf(attempt: string): string {
  const at = (from: number, to: number) => attempt.slice(from, to);
  return `${at(0, 8)}-${at(8, 12)}-4${at(13, 16)}-8${at(17, 20)}-${at(20, 32)}`;
}
