/** The streams of the fault tests of shards, each with its mapping and its function, as the scenario file has them. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { StreamKind } from '@millrace/semantics';
import { isDeep } from './lines.ts';
import type { ShardArena } from './shardArena.ts';

const HANDLER = fileURLToPath(new URL('shardHandler.mjs', import.meta.url));
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const SCENARIO = 'shard-faults';

/** One stream, its mapping and its function, all of this name. */
export interface ShardLineOptions {
  readonly name: string;
  readonly kind?: StreamKind;
  readonly shards?: number;
  readonly factor?: number;
  readonly batchSize?: number;
  readonly timeoutMs?: number;
  readonly run?: 'worker' | 'isolated';
  readonly export?: 'handler' | 'collect';
  /** How the function goes wrong where a record tells it to. */
  readonly answer?: 'throw' | 'report';
  readonly partialResponses?: boolean;
  readonly bisect?: boolean;
  readonly retries?: number;
  readonly recordAgeS?: number;
  readonly windowS?: number;
  /** The ARN of another destination than a queue of the substrate. */
  readonly destination?: string;
}

export function kindOf({ kind = 'kinesis' }: ShardLineOptions): StreamKind {
  return kind;
}

export function destinationQueue(name: string): string {
  return `${name}-failed`;
}

export function streamArn(name: string): string {
  return `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${name}`;
}

export function scenarioOf(lines: readonly ShardLineOptions[], log: string) {
  return {
    scenario: SCENARIO,
    sources: lines.map((line) => ({ name: line.name, type: kindOf(line), shards: line.shards ?? 2 })),
    functions: lines.map((line) => ({
      name: line.name,
      handler: `${HANDLER}#${line.export ?? 'handler'}`,
      timeout: `${line.timeoutMs ?? 1000}ms`,
      run: line.run ?? 'worker',
      env: { FAULTS_LOG: log, FAULTS_FUNCTION: line.name, FAULTS_ANSWER: line.answer ?? 'throw' },
    })),
    mappings: lines.map((line) => ({
      name: line.name,
      source: line.name,
      function: line.name,
      parameters: parametersOf(line),
    })),
  };
}

export function parametersOf(line: ShardLineOptions) {
  const destination = line.destination ?? `arn:aws:sqs:${REGION}:${ACCOUNT}:${destinationQueue(line.name)}`;
  return {
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: line.batchSize ?? 5,
    ParallelizationFactor: line.factor ?? 1,
    DestinationConfig: { OnFailure: { Destination: destination } },
    ...(line.retries !== undefined && { MaximumRetryAttempts: line.retries }),
    ...(line.bisect && { BisectBatchOnFunctionError: true }),
    ...(line.partialResponses && { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
    ...(line.recordAgeS !== undefined && { MaximumRecordAgeInSeconds: line.recordAgeS }),
    ...(line.windowS !== undefined && { TumblingWindowInSeconds: line.windowS }),
  };
}

/** The id that `millrace up` gives the mapping of this name. */
export function mappingId(name: string): string {
  const hex = createHash('sha256').update(`${ACCOUNT}/${REGION}/${SCENARIO}/${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Records that go wrong for ever are given up one by one. */
const ONE_BY_ONE = { bisect: true, partialResponses: true, answer: 'report', retries: 1 } as const;

/** A lane per shard, ten lanes per shard, and a table's stream. */
export function threeLines(about: Partial<ShardLineOptions> = {}): readonly ShardLineOptions[] {
  return [
    { ...ONE_BY_ONE, name: 'single', ...about },
    { ...ONE_BY_ONE, name: 'wide', factor: 10, ...about },
    { ...ONE_BY_ONE, name: 'table', kind: 'dynamodb', factor: 2, shards: 1, ...about },
  ];
}

const COUNT = isDeep ? 4000 : 200;
const PER_SECOND = isDeep ? 150 : 70;
/** A record that always goes wrong. */
const POISON = { every: 97, first: 7 };
/** Calls with such a record take long enough to be hit. */
const SLOW = { every: 25, first: 3, ms: 250 };

/** More than there will be: putting ends when it is told to. */
export const ENDLESS = 1000;

/** Puts into every stream, while whatever happens happens. */
export function putIntoAll(arena: ShardArena, times = 1): void {
  const about = { count: Math.round(COUNT * times), perSecond: PER_SECOND };
  const ms = (at: number) => (at % SLOW.every === SLOW.first ? SLOW.ms : 10);
  const poison = (at: number) => (at % POISON.every === POISON.first ? { bad: true } : {});
  for (const { name } of arena.lines) {
    arena.load({ stream: name, ...about, says: (at) => ({ ms: ms(at), ...poison(at) }) });
  }
}
