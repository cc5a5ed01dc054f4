export type ComponentName =
  | 'redis'
  | 'elasticmq'
  /** A plain one, maybe somebody's own (KAFKA_BROKERS): what `sharedKafka()` needs. */
  | 'kafka'
  /** One that is started, killed and given listeners here: what `startKafka()` needs. */
  | 'kafka-private'
  | 'dynamodb-local'
  | 'kinesis-mock'
  | 'aws-cli'
  | 'python3'
  | 'boto3'
  | 'awslambdaric';

export interface ComponentStatus {
  /** One sentence that says why it is not there and what to do; absent when it is there. */
  readonly problem?: string;
  /** Where one runs already that is to be used instead of a started one. */
  readonly url?: string;
}

/** A plain Kafka: that of KAFKA_BROKERS and no other when that is set, else one that can be started, else that of port 9092. */
export function ensureAnyKafka(how: {
  readonly say?: (line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
}): Promise<ComponentStatus>;

/** Finds every component, or installs it where that is allowed. Never throws for a missing one. */
export function ensureComponents(how: {
  readonly say: (line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
}): Promise<Record<ComponentName, ComponentStatus>>;

/** Whether a missing component fails what needs it: MILLRACE_REQUIRE_COMPONENTS says it (1 or 0), else CI does. */
export function areRequired(env?: Readonly<Record<string, string | undefined>>): boolean;
