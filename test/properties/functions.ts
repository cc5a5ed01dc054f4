/** Random functions: every scripted behaviour, durations up to and over the timeout, reservations, cold starts. */
import type { BehaviorDocument, FunctionDocument } from '@millrace/simulation';
import fc from 'fast-check';
import { type Kind, type Mark, marks, patternFor } from './kinds.ts';
import { duration, SECOND } from './times.ts';

export interface RawFunction {
  readonly timeoutMs: number;
  readonly reserved: number | undefined;
  readonly coldStartMs: number;
  readonly duration: { readonly form: 'fixed' | 'drawn' | 'linear'; readonly ms: number; readonly more: number };
  readonly behavior: readonly RawBehavior[];
}

interface RawBehavior {
  readonly match: readonly Mark[] | undefined;
  readonly attempts: number | undefined;
  readonly finalWindow: boolean;
  readonly do: BehaviorDocument['do'];
  readonly value: unknown;
  readonly durationMs: number | undefined;
}

/** Answers that mean something to one source or another, and answers that mean nothing. */
const answers: readonly unknown[] = [
  null,
  '',
  'done',
  42,
  {},
  { batchItemFailures: [] },
  { batchItemFailures: null },
  { batchItemFailures: [{ itemIdentifier: '' }] },
  { batchItemFailures: [{ itemIdentifier: 'nobody' }] },
  { batchItemFailures: [{ wrong: 'field' }] },
  { state: { count: 1 } },
  { state: 'text' },
];

const rawBehavior: fc.Arbitrary<RawBehavior> = fc.record({
  match: fc.option(fc.subarray([...marks], { minLength: 1 }), { nil: undefined, freq: 4 }),
  attempts: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 3 }),
  finalWindow: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 9),
  do: fc.constantFrom(
    'report',
    'report',
    'report',
    'throw',
    'throw',
    'timeout',
    'exit',
    'out-of-memory',
    'too-large',
    'throttle',
    'unreachable',
    'return',
  ),
  value: fc.constantFrom(...answers),
  durationMs: fc.option(fc.constantFrom(0, 100, 2500, 20 * SECOND), { nil: undefined, freq: 2 }),
});

export const rawFunction: fc.Arbitrary<RawFunction> = fc.record({
  timeoutMs: fc.constantFrom(3, 1, 10, 30).map((seconds) => seconds * SECOND),
  reserved: fc.option(fc.constantFrom(1, 2, 5, 0), { nil: undefined, freq: 2 }),
  coldStartMs: fc.constantFrom(0, 0, 150, 900),
  duration: fc.record({
    form: fc.constantFrom('fixed', 'drawn', 'linear'),
    ms: fc.constantFrom(10, 0, 50, 500, 2000, 5000),
    more: fc.constantFrom(0, 10, 400, 4000),
  }),
  behavior: fc.array(rawBehavior, { maxLength: 3, size: 'max' }),
});

export function functionDocument(name: string, raw: RawFunction, kind: Kind): FunctionDocument {
  return {
    name,
    timeout: duration(raw.timeoutMs),
    ...(raw.reserved !== undefined && { reservedConcurrency: raw.reserved }),
    coldStart: duration(raw.coldStartMs),
    duration: durationDocument(raw.duration),
    behavior: raw.behavior.map((behavior) => behaviorDocument(behavior, kind)),
  };
}

function durationDocument({ form, ms, more }: RawFunction['duration']): NonNullable<FunctionDocument['duration']> {
  if (form === 'fixed') return duration(ms);
  if (form === 'linear') return { base: duration(ms), perRecord: duration(more) };
  return { min: duration(ms), max: duration(ms + more) };
}

function behaviorDocument(raw: RawBehavior, kind: Kind): BehaviorDocument {
  return {
    ...(raw.match && { match: patternFor(kind, raw.match) }),
    ...(raw.attempts !== undefined && { attempts: raw.attempts }),
    ...(raw.finalWindow && { on: 'final-window' as const }),
    do: raw.do,
    ...(raw.do === 'return' && { value: raw.value }),
    ...(raw.durationMs !== undefined && { duration: duration(raw.durationMs) }),
  };
}
