/** RedrivePolicy and RedriveAllowPolicy: where dead letters go, and who may send them there. */
import type { QueueDefinition } from '@millrace/runtime';
import { invalidParameter, invalidValue } from '../errors.ts';
import type { Service } from '../service.ts';

type Redrive = NonNullable<QueueDefinition['redrive']>;

const MOST_RECEIVES = 1000;

/** The policy in this text; null takes it away. @throws {SqsError} on what SQS refuses */
export async function readRedrivePolicy(
  service: Service,
  text: string,
  { name, fifo }: Pick<QueueDefinition, 'name' | 'fifo'>,
): Promise<Redrive | null> {
  if (text === '') return null;
  const policy = parsePolicy(text);
  const refuse = (reason: string) => invalidParameter('RedrivePolicy', text, reason);
  const target = policy.deadLetterTargetArn;
  if (!/^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/.test(target)) throw refuse('Invalid value for deadLetterTargetArn.');
  const targetName = service.nameInArn(target);
  const found = targetName === undefined ? undefined : await service.queues.find(targetName);
  if (!found) throw refuse('Dead letter target does not exist.');
  if (found.fifo !== fifo) throw refuse('Dead-letter queue must be same type of queue as the source.');
  if (!allows(found, service.arnOf(name))) throw refuse('The RedriveAllowPolicy of the target does not allow it.');
  return { deadLetterTargetArn: target, maxReceiveCount: policy.maxReceiveCount };
}

function parsePolicy(text: string): Redrive {
  const policy = parseObject(text);
  if (!policy) throw invalidParameter('RedrivePolicy', text, 'Redrive policy is not a valid JSON map.');
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  for (const [name, value] of Object.entries({ maxReceiveCount, deadLetterTargetArn })) {
    if (value === undefined) {
      const reason = `Redrive policy does not contain mandatory attribute: ${name}.`;
      throw invalidParameter('RedrivePolicy', text, reason);
    }
  }
  // Infrastructure tools write the number as text.
  const count = /^\d{1,4}$/.test(String(maxReceiveCount)) ? Number(maxReceiveCount) : 0;
  if (count < 1 || count > MOST_RECEIVES) {
    throw invalidValue(
      `Value ${text} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: ${maxReceiveCount}, valid values are from 1 to ${MOST_RECEIVES} both inclusive.`,
    );
  }
  return { deadLetterTargetArn: String(deadLetterTargetArn), maxReceiveCount: count };
}

function allows({ carried }: QueueDefinition, sourceArn: string): boolean {
  const { redrivePermission, sourceQueueArns } = parseObject(carried.RedriveAllowPolicy ?? '{}') ?? {};
  if (redrivePermission === 'denyAll') return false;
  if (redrivePermission !== 'byQueue') return true;
  return Array.isArray(sourceQueueArns) && sourceQueueArns.includes(sourceArn);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
