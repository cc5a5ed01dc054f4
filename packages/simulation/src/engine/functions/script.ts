/**
 * A scripted function: which of its rules fire for a batch, and what it answers. Reports add up; of the other actions
 * the first in file order decides alone.
 */
import type { FunctionAnswer, ItemIdentifier } from '@millrace/aws-shapes';
import { type CompiledPattern, compilePattern, matchesPattern, type SourceKind } from '@millrace/semantics';
import type { BehaviorAction, BehaviorRule } from '../../scenario/plan.ts';

/** What AWS answers when a function cannot take an invocation now. */
export const THROTTLED: FunctionAnswer & { readonly kind: 'throttled' } = {
  kind: 'throttled',
  reason: 'ConcurrentInvocationLimitExceeded',
};

/** What a rule may look at. Decoded records are made when a rule first asks. */
export interface ScriptedBatch {
  readonly kind: SourceKind;
  readonly size: number;
  readonly timeoutMs: number;
  readonly window?: { readonly final: boolean; readonly state: unknown } | undefined;
  decoded(index: number): unknown;
  identifier(index: number): ItemIdentifier;
  /** This delivery's number for a record: counted over invocations that ran, or (`offers`) over all tries. */
  delivery(index: number): number;
  offer(index: number): number;
}

export interface Scripted {
  readonly answer: FunctionAnswer;
  readonly durationMs?: number;
}

interface CompiledRule {
  readonly rule: BehaviorRule;
  readonly pattern: CompiledPattern | undefined;
}

export class Script {
  readonly #rules: readonly CompiledRule[];
  /** Whether any rule counts deliveries. */
  readonly counts: boolean;

  constructor(behavior: readonly BehaviorRule[]) {
    this.#rules = behavior.map((rule) => ({ rule, pattern: rule.match && compiled(rule.match) }));
    this.counts = behavior.some((rule) => rule.attempts !== undefined);
  }

  /** What keeps the function from running at all, if anything. */
  refusal(batch: ScriptedBatch): (FunctionAnswer & { readonly kind: 'throttled' | 'unreachable' }) | undefined {
    const rule = this.#deciding(batch);
    if (rule?.do === 'throttle') return THROTTLED;
    if (rule?.do === 'unreachable') return { kind: 'unreachable', reason: 'ServiceException' };
    return undefined;
  }

  /** The answer of an invocation that ran. */
  run(batch: ScriptedBatch): Scripted {
    const rule = this.#deciding(batch);
    if (rule) return withDuration(rule, answerOf(rule, batch));
    const reporting = this.#rules.filter(({ rule: candidate }) => candidate.do === 'report');
    const failed = reporting.length === 0 ? [] : this.#reported(reporting, batch);
    const slow = reporting.find(
      (candidate) => candidate.rule.durationMs !== undefined && this.#fires(candidate, batch),
    );
    return withDuration(slow?.rule, reportAnswer(failed, batch));
  }

  /** The first rule that fires and is no report. */
  #deciding(batch: ScriptedBatch): BehaviorRule | undefined {
    for (const candidate of this.#rules) {
      if (candidate.rule.do !== 'report' && this.#fires(candidate, batch)) return candidate.rule;
    }
    return undefined;
  }

  #fires(candidate: CompiledRule, batch: ScriptedBatch): boolean {
    const { rule } = candidate;
    if (rule.on === 'final-window') return batch.window?.final === true;
    if (batch.size === 0) return rule.match === undefined && rule.attempts === undefined;
    for (let index = 0; index < batch.size; index += 1) if (matches(candidate, batch, index)) return true;
    return false;
  }

  #reported(reporting: readonly CompiledRule[], batch: ScriptedBatch): number[] {
    const failed: number[] = [];
    for (let index = 0; index < batch.size; index += 1) {
      if (reporting.some((candidate) => matches(candidate, batch, index))) failed.push(index);
    }
    return failed;
  }
}

function compiled(match: Readonly<Record<string, unknown>>): CompiledPattern {
  const result = compilePattern(match);
  if (!result.ok) throw new Error(`behavior match is no event filter pattern: ${result.detail}`);
  return result.pattern;
}

function matches({ rule, pattern }: CompiledRule, batch: ScriptedBatch, index: number): boolean {
  if (rule.on === 'final-window') return false;
  if (rule.attempts !== undefined && countFor(rule.do, batch, index) > rule.attempts) return false;
  return pattern === undefined || matchesPattern(pattern, batch.decoded(index));
}

/** An action that keeps the function from running counts tries, because deliveries would never add up. */
function countFor(action: BehaviorAction, batch: ScriptedBatch, index: number): number {
  return action === 'throttle' || action === 'unreachable' ? batch.offer(index) : batch.delivery(index);
}

function withDuration(rule: BehaviorRule | undefined, answer: FunctionAnswer): Scripted {
  return rule?.durationMs === undefined ? { answer } : { answer, durationMs: rule.durationMs };
}

function answerOf(rule: BehaviorRule, batch: ScriptedBatch): FunctionAnswer {
  switch (rule.do) {
    case 'throw':
      return { kind: 'threw', errorType: 'Error', errorMessage: 'The scripted function threw.' };
    case 'timeout':
      return { kind: 'timed-out', timeoutMs: batch.timeoutMs };
    case 'exit':
      return { kind: 'exited', exitCode: 1 };
    case 'out-of-memory':
      return { kind: 'out-of-memory' };
    case 'too-large':
      return { kind: 'too-large' };
    case 'return':
      return rule.raw === undefined ? { kind: 'returned', value: rule.value ?? null } : rawAnswer(rule.raw);
    case 'throttle':
      return THROTTLED;
    case 'unreachable':
      return { kind: 'unreachable', reason: 'ServiceException' };
    case 'report':
      return reportAnswer([], batch);
  }
}

/** A body as it stands: what it says as JSON, no answer when it is empty, and otherwise no JSON. */
function rawAnswer(body: string): FunctionAnswer {
  if (body === '') return { kind: 'returned', value: undefined };
  try {
    return { kind: 'returned', value: JSON.parse(body) };
  } catch {
    return { kind: 'not-json' };
  }
}

/** `{}`, the reported records, and in a tumbling window the state it got. */
function reportAnswer(failed: readonly number[], batch: ScriptedBatch): FunctionAnswer {
  const failures = failed.map((index) => ({ itemIdentifier: batch.identifier(index) }));
  const value = {
    ...(failures.length > 0 && { batchItemFailures: failures }),
    ...(batch.window && { state: batch.window.state }),
  };
  return { kind: 'returned', value };
}
