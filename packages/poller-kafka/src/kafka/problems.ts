/** What went wrong with Kafka, as a sentence for people. Nothing of a login or a certificate stands in it. */
import { TopicUnavailable } from '../client.ts';

interface KafkaFailure {
  readonly name?: string;
  readonly message?: string;
  /** Of the broker's answer. */
  readonly type?: string;
  /** Of the socket. */
  readonly code?: string | number;
  readonly cause?: unknown;
}

export interface Asked {
  readonly topic: string;
  readonly groupId: string;
  readonly brokers: readonly string[];
}

export function unavailable(error: unknown, asked: Asked): TopicUnavailable {
  if (error instanceof TopicUnavailable) return error;
  return new TopicUnavailable(problemOf(error, asked), { cause: error });
}

export function problemOf(error: unknown, asked: Asked): string {
  for (const failure of causes(error)) {
    if (failure instanceof TopicUnavailable) return failure.message;
    const known = compressionProblem(failure, asked) ?? answerProblem(failure, asked) ?? loginProblem(failure, asked);
    if (known) return known;
  }
  for (const failure of causes(error)) {
    const known = connectionProblem(failure, asked);
    if (known) return known;
  }
  return `Topic ${asked.topic} cannot be read: ${lastMessage(error)}`;
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): KafkaFailure[] {
  const found: KafkaFailure[] = [];
  for (let next = error; next instanceof Error && !found.includes(next as KafkaFailure); ) {
    found.push(next as KafkaFailure);
    next = next.cause;
  }
  return found;
}

function lastMessage(error: unknown): string {
  return causes(error).at(-1)?.message ?? String(error);
}

function compressionProblem({ name, message = '' }: KafkaFailure, { topic }: Asked): string | undefined {
  const codec = /^(Snappy|LZ4|ZSTD) compression not implemented/i.exec(message)?.[1];
  if (codec === undefined && name !== 'KafkaJSNotImplemented') return undefined;
  const what = codec === undefined ? 'in a way' : `with ${codec.toLowerCase()}`;
  return `Topic ${topic} holds records compressed ${what} that kafkajs cannot read without a plug-in: have its producers, or its compression.type, use gzip or none.`;
}

/** What the brokers answer. */
function answerProblem({ type }: KafkaFailure, { topic, groupId, brokers }: Asked): string | undefined {
  switch (type) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return `There is no topic ${topic} on ${brokers.join(',')}, or this login may not see it.`;
    case 'TOPIC_AUTHORIZATION_FAILED':
      return `The login may not read topic ${topic}: give it Read and Describe there.`;
    case 'GROUP_AUTHORIZATION_FAILED':
      return `The login may not use the consumer group ${groupId}: give it Read there.`;
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return `The login may not use the cluster at ${brokers.join(',')}.`;
    case 'INCONSISTENT_GROUP_PROTOCOL':
      return `The consumer group ${groupId} has members that divide partitions otherwise (not by range): end them, or choose another ConsumerGroupId.`;
    default:
      return undefined;
  }
}

function loginProblem({ name, code, message = '' }: KafkaFailure, { brokers }: Asked): string | undefined {
  const where = brokers.join(',');
  if (name === 'KafkaJSSASLAuthenticationError')
    return `The brokers at ${where} refuse the login: compare SourceAccessConfigurations and its secret with what they expect.`;
  if (/certificate required|bad certificate|unknown ca|handshake failure|alert/i.test(message))
    return `The brokers at ${where} refuse the TLS connection: they want another certificate (CLIENT_CERTIFICATE_TLS_AUTH).`;
  if (typeof code === 'string' && /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_/.test(code))
    return `The certificate of the brokers at ${where} is not trusted (${code}): give their authority's as SERVER_ROOT_CA_CERTIFICATE.`;
  if (/certificate/i.test(message))
    return `The certificate of the brokers at ${where} is not trusted: give their authority's as SERVER_ROOT_CA_CERTIFICATE.`;
  return undefined;
}

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
]);

function connectionProblem({ name = '', message = '' }: KafkaFailure, { brokers }: Asked): string | undefined {
  if (!UNREACHABLE.has(name)) return undefined;
  return `The brokers at ${brokers.join(',')} cannot be reached now: ${message || name}`;
}
