import type { How } from './commands.mjs';
import type { RunningServer } from './server.mjs';

export interface KinesisMockOptions {
  readonly port?: number;
  /** Streams that exist when it is ready: names and how many shards. Account 000000000000, region us-east-1. */
  readonly streams?: Readonly<Record<string, number>>;
  /** How long a stream or a consumer stays CREATING, UPDATING, DELETING; 20 when left out. */
  readonly transitionMs?: number;
  /** More environment variables of kinesis-mock; they win over those that are set here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

export interface RunningKinesisMock extends RunningServer {
  /**
   * `http://127.0.0.1:PORT`: the endpoint for a Kinesis client, with any credentials. The AWS SDK for JavaScript speaks
   * HTTP/2 to Kinesis unless it is given a `NodeHttpHandler`; this speaks HTTP/1.1.
   */
  readonly url: string;
}

/** Finds or fetches the package. Resolves to undefined when it is there, else to one sentence that says why not. */
export function ensureKinesisMock(how?: How): Promise<string | undefined>;

/** Whether a kinesis-mock answers on a port of 127.0.0.1. */
export function kinesisAnswers(port: number): Promise<boolean>;

/**
 * A private kinesis-mock on 127.0.0.1, ready when it resolves (1.5 s), ended with this process at the latest. A test
 * shares that of its run instead: `sharedKinesis()` of test/components/available.ts.
 * @throws an error with `code` `KINESIS_MISSING`, `KINESIS_PORT_TAKEN` or `KINESIS_NOT_READY`.
 */
export function startKinesisMock(options?: KinesisMockOptions): Promise<RunningKinesisMock>;
