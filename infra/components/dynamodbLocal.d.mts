export interface RunningDynamoDbLocal {
  /** `http://127.0.0.1:PORT`: the endpoint of DynamoDB and of DynamoDB Streams. Each access key and region has tables of its own. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly exited: Promise<void>;
  isGone(): boolean;
  /** SIGTERM, then waits until it is gone. Twice is fine. */
  stop(): Promise<void>;
  /** SIGKILL, then waits until it is gone; its data goes with it. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** Finds or installs Java and the package. Resolves to undefined when all is there, else to one sentence that says why not. */
export function ensureDynamoDbLocal(how?: {
  readonly say?: (line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
}): Promise<string | undefined>;

/** Whether a DynamoDB answers on a port of 127.0.0.1. */
export function dynamoDbAnswers(port: number): Promise<boolean>;

/**
 * A private DynamoDB Local with at most 256 MB of heap, ready when it resolves (1.5 s), ended with this process at the
 * latest. It listens on all addresses of the machine, which cannot be changed. A test shares that of its run instead:
 * `sharedDynamoDb()` of test/components/available.ts.
 * @throws an error with `code` `DYNAMODB_MISSING`, `DYNAMODB_PORT_TAKEN` or `DYNAMODB_NOT_READY`.
 */
export function startDynamoDbLocal(options?: {
  readonly port?: number;
  /** After all others, so that the last wins: for a bench, `-Xmx1g` and `-XX:TieredStopAtLevel=4`. */
  readonly jvmArgs?: readonly string[];
  readonly say?: (line: string) => void;
}): Promise<RunningDynamoDbLocal>;
