import type { How } from './commands.mjs';
import type { RunningServer } from './server.mjs';

export interface RunningElasticMq extends RunningServer {
  /** `http://127.0.0.1:PORT`: the endpoint for an SQS client, with any region and any credentials. */
  readonly url: string;
}

/** Finds or installs Java and the jars. Resolves to undefined when all is there, else to one sentence that says why not. */
export function ensureElasticMq(how?: How): Promise<string | undefined>;

/** Whether an ElasticMQ answers on a port of 127.0.0.1. */
export function answersHealth(port: number): Promise<boolean>;

/**
 * A private ElasticMQ on 127.0.0.1 with at most 256 MB of heap, ready when it resolves (1.5 s), ended with this process
 * at the latest. A test shares the one of its run instead: `sharedElasticMq()` of test/components/available.ts.
 * @throws an error with `code` `ELASTICMQ_MISSING`, `ELASTICMQ_PORT_TAKEN` or `ELASTICMQ_NOT_READY`.
 */
export function startElasticMq(options?: {
  readonly port?: number;
  /** After all others, so that the last wins: for a bench, `-Xmx1g` and `-XX:TieredStopAtLevel=4`. */
  readonly jvmArgs?: readonly string[];
  readonly say?: (line: string) => void;
}): Promise<RunningElasticMq>;
