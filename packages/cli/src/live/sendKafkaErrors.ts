/** What errors of kafkajs mean for what was sent. */

export interface Problem {
  /**
   * `not-taken`: nothing was written, another time it may be. `perhaps`: it may have been written. `away`: the same, because
   * the brokers cannot be reached. `too-large`, `refused`: it never will be.
   */
  readonly kind: 'not-taken' | 'perhaps' | 'away' | 'too-large' | 'refused';
  /** For people. */
  readonly what: string;
}

interface KafkaError {
  readonly name?: string;
  /** Of what the brokers themselves say. */
  readonly type?: string;
  readonly retriable?: boolean;
  readonly message?: string;
  readonly code?: unknown;
  readonly cause?: KafkaError;
  readonly errors?: readonly KafkaError[];
}

/** Answers after which a record may stand in the log all the same. */
const PERHAPS = /^(REQUEST_TIMED_OUT|NETWORK_EXCEPTION|NOT_ENOUGH_REPLICAS_AFTER_APPEND|UNKNOWN|KAFKAJS_UNKNOWN.*)$/;

export function kafkaProblem(error: unknown): Problem {
  const root = rootOf(error as KafkaError);
  const { name = 'Error', type, retriable, message = '' } = root;
  const [said = ''] = message.split('\n', 1);
  const what = [type ?? name, said.replace(/\.$/, '').slice(0, 300)].filter(Boolean).join(', ');
  if (type === undefined) return { kind: 'away', what };
  if (/TOO_LARGE/.test(type)) return { kind: 'too-large', what };
  if (PERHAPS.test(type)) return { kind: 'perhaps', what };
  return { kind: retriable ? 'not-taken' : 'refused', what };
}

/** What lies under kafkajs's own wrapping. */
function rootOf(error: KafkaError): KafkaError {
  const inner = error.type === undefined ? (error.cause ?? error.errors?.[0]) : undefined;
  return inner ? rootOf(inner) : error;
}
