/** What becomes of poison records under each combination of the retry parameters: in virtual time, and for real. */
import { type ScenarioDocument, simulate } from '@millrace/simulation';
import type { MachineMs } from './evidence.ts';
import { finishedIds, isDiscarded } from './shardAccount.ts';
import { isBetween, type ShardCall, type ShardEvidence } from './shardEvidence.ts';
import { parametersOf, type ShardLineOptions } from './shardLines.ts';

const RECORD_AGE_S = 60;

/** How old the first records are when they are put: only those that are tried for ever get too old. */
export function ageMs({ retries = -1 }: ShardLineOptions): number {
  return retries < 0 ? 46_000 : 30_000;
}

/** How old they were when the first call began that was answered: a machine that is busy takes its time until then. */
export function beganAtAgeMs(line: ShardLineOptions, calls: readonly ShardCall[], putMs: MachineMs): number {
  const first = calls.find((call) => call.function === line.name && call.ended);
  return first ? Math.round(ageMs(line) + first.startedMs - putMs) : RECORD_AGE_S * 1000 + 1;
}

const BATCH_SIZE = 5;
/** Calls with poison take long enough to be hit. */
export const POISON_MS = 150;

interface Planned {
  readonly id: string;
  readonly bad: boolean;
  /** It arrives when the mapping is created, the others long before. */
  readonly fresh: boolean;
}

/** One poison record in the middle of a batch, two next to each other in the second one, and two records that are fresh. */
const PLAN = ['good', 'good', 'bad', 'good', 'good', 'good', 'bad', 'bad', 'good', 'good', 'fresh', 'fresh'];

/** Records of the line, in their order. */
export function plannedRecords({ name }: ShardLineOptions): Planned[] {
  return PLAN.map((what, at) => ({
    id: `${name}-${String(at).padStart(6, '0')}`,
    bad: what === 'bad',
    fresh: what === 'fresh',
  }));
}

/** Bisecting × partial responses × retries × age; for ever is only for records that get too old. */
export function combinations(): ShardLineOptions[] {
  const both = [false, true];
  const budgets: readonly (readonly [retries: number, age: boolean])[] = [
    [0, false],
    [2, false],
    [0, true],
    [2, true],
    [-1, true],
  ];
  return both.flatMap((bisect) =>
    both.flatMap((partial) =>
      budgets.map(([retries, age]): ShardLineOptions => {
        const how = `${bisect ? 'bisect' : 'whole'}-${partial ? 'report' : 'throw'}`;
        const name = `${how}-${retries < 0 ? 'ever' : retries}-${age ? 'age' : 'any'}`;
        const old = age ? { recordAgeS: RECORD_AGE_S } : {};
        const answer = partial ? 'report' : 'throw';
        return {
          name,
          bisect,
          partialResponses: partial,
          answer,
          retries,
          ...old,
          batchSize: BATCH_SIZE,
          shards: 1,
          // No call is to fail for another reason than its records, however busy the machine is.
          timeoutMs: 10_000,
        };
      }),
    ),
  );
}

/** By record its fate, and each batch that was given up with its reason. */
export interface Fates {
  readonly records: Readonly<Record<string, string>>;
  readonly discards: readonly string[];
}

export async function fatesInVirtualTime(line: ShardLineOptions, beganMs: number): Promise<Fates> {
  const planned = plannedRecords(line);
  const document: ScenarioDocument = {
    scenario: line.name,
    source: { type: 'kinesis', name: line.name, shards: 1 },
    mapping: parametersOf(line),
    mappingCreatedAt: `${beganMs}ms`,
    function: {
      name: line.name,
      duration: `${POISON_MS}ms`,
      timeout: `${line.timeoutMs ?? 1000}ms`,
      behavior: [{ match: { data: { bad: [true] } }, do: line.answer ?? 'throw' }],
    },
    records: planned.map(({ id, bad, fresh }) => ({
      id,
      at: fresh ? `${beganMs}ms` : '0s',
      key: 'k',
      data: { id, bad },
    })),
  };
  const { result } = await simulate(document);
  const { records = [], discards, errors, violations } = result;
  if (errors.length + violations.length > 0) throw new Error(JSON.stringify({ errors, violations }));
  return {
    records: Object.fromEntries(records.map(({ id, fate }) => [id, String(fate)])),
    discards: discards.map((one) => `${one.condition}: ${one.records.join(' ')}`).sort(),
  };
}

export function fatesOf(line: ShardLineOptions, evidence: ShardEvidence): Fates {
  const stored = evidence.stored.filter(({ stream }) => stream === line.name);
  const handled = finishedIds(evidence);
  const fates = stored.map((record) => {
    const both = [handled.has(record.id) && 'succeeded', isDiscarded(record, evidence) && 'discarded'];
    return [record.id, both.filter(Boolean).join(' and ') || 'pending'] as const;
  });
  const given = evidence.discarded.filter(({ stream }) => stream === line.name);
  const texts = given.map(({ condition, first, last }) => {
    const ids = stored.filter(({ seq }) => isBetween(seq, first, last)).map(({ id }) => id);
    return `${condition}: ${ids.join(' ')}`;
  });
  // A delivery that was cut short is made again.
  return { records: Object.fromEntries(fates), discards: [...new Set(texts)].sort() };
}
