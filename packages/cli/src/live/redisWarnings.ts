/** What about a Redis that somebody else runs could lose messages: said once at the start. */
import type { connectRedis } from '@millrace/redis';

type Client = ReturnType<typeof connectRedis>;

/** An index that was lost is given to another record, and a reader that was beyond it does not look back. */
const SKIPPED =
  'Of the records that streams and topics get afterwards, readers that had read lost ones skip as many as were lost.';

export async function redisWarnings(client: Client): Promise<string[]> {
  const policy = await setting(client, 'maxmemory-policy');
  const appendOnly = await setting(client, 'appendonly');
  const warnings: string[] = [];
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(`Redis may evict keys (maxmemory-policy is ${policy}): messages can be lost. Set it to noeviction.`);
  }
  if (appendOnly === 'no') {
    warnings.push(`Redis keeps no append-only file (appendonly is no): a restart can lose messages. ${SKIPPED}`);
  }
  if (await hasReplicas(client)) {
    warnings.push(`Redis has replicas: a failover can lose the last messages that were answered. ${SKIPPED}`);
  }
  return warnings;
}

/** False where it does not say. */
async function hasReplicas(client: Client): Promise<boolean> {
  const text = await client.info('replication').catch(() => '');
  return Number(/^connected_slaves:(\d+)/m.exec(text)?.[1] ?? 0) > 0;
}

/** Undefined where it does not say: hosted ones often refuse CONFIG. */
async function setting(client: Client, name: string): Promise<string | undefined> {
  try {
    const answer = (await client.config('GET', name)) as readonly string[];
    return answer[1];
  } catch {
    return undefined;
  }
}
