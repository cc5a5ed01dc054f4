/** What errors of the substrate mean for what was sent. */
import { ConnectionLost } from '@millrace/redis';
import { SendFailed } from './sendTarget.ts';

/** @throws {SendFailed} */
export function redisFailed(cause: unknown): never {
  const perhapsSent = cause instanceof ConnectionLost;
  const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  throw new SendFailed(message, { perhapsSent, passes: perhapsSent, cause });
}
