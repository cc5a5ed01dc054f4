import type { How } from './commands.mjs';
import type { RunningServer } from './server.mjs';

export interface RunningDynamoDbLocal extends RunningServer {
  /** `http://127.0.0.1:PORT`: the endpoint of DynamoDB and of DynamoDB Streams. Each access key and region has tables of its own. */
  readonly url: string;
}

/** Finds or installs Java and the package. Resolves to undefined when all is there, else to one sentence that says why not. */
export function ensureDynamoDbLocal(how?: How): Promise<string | undefined>;

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
