/** Functions: defaults, the forms of a duration, and handlers. */
import { functionArn } from '../arns.ts';
import { defined } from '../defined.ts';
import type { BehaviorDocument, FunctionDocument } from '../document.ts';
import type { BehaviorRule, DurationPlan, FunctionPlan, HandlerFile } from '../plan.ts';
import type { Path } from '../problems.ts';
import { parseDuration } from '../units.ts';
import { type Context, ms } from './context.ts';
import { liveFunction } from './live.ts';

export function resolveFunction(source: FunctionDocument, path: Path, context: Context): FunctionPlan {
  if (source.handler !== undefined && source.behavior !== undefined) {
    context.report([...path, 'behavior'], 'cannot stand beside `handler`: a function is either real code or scripted');
  }
  const name = source.name ?? 'function';
  return {
    name,
    arn: functionArn(name, context),
    timeoutMs: ms(source.timeout, 3000),
    ...defined({
      reservedConcurrency: source.reservedConcurrency,
      handler: handlerOf(source.handler),
      live: liveFunction(source, path, context),
    }),
    coldStartMs: ms(source.coldStart, 0),
    duration: durationPlan(source.duration, [...path, 'duration'], context),
    behavior: (source.behavior ?? []).map((rule, index) => behaviorRule(rule, [...path, 'behavior', index], context)),
  };
}

/** The file stands as it is written; `simulation/node` finds and loads it. */
function handlerOf(handler: FunctionDocument['handler']): FunctionPlan['handler'] {
  return typeof handler === 'string' ? parseHandler(handler) : handler;
}

/** `./handler.mjs#name`; without a name, `handler` or the default export. */
export function parseHandler(reference: string): HandlerFile {
  const hash = reference.lastIndexOf('#');
  return hash <= 0
    ? { file: reference, export: '' }
    : { file: reference.slice(0, hash), export: reference.slice(hash + 1) };
}

function durationPlan(duration: FunctionDocument['duration'], path: Path, context: Context): DurationPlan {
  if (typeof duration !== 'object') return { kind: 'fixed', ms: ms(duration, 10) };
  const { min, max, base, perRecord } = duration as Readonly<Record<string, unknown>>;
  const [minMs, maxMs, baseMs, perRecordMs] = [min, max, base, perRecord].map(parseDuration);
  if (minMs !== undefined && maxMs !== undefined && baseMs === undefined && perRecordMs === undefined) {
    if (minMs > maxMs) context.report([...path, 'min'], 'is longer than `max`');
    return { kind: 'uniform', minMs, maxMs };
  }
  if (minMs !== undefined || maxMs !== undefined || (baseMs === undefined && perRecordMs === undefined)) {
    context.report(path, 'must be one duration, both of { min, max }, or { base, perRecord }');
  }
  return { kind: 'linear', baseMs: baseMs ?? 0, perRecordMs: perRecordMs ?? 0 };
}

function behaviorRule(rule: BehaviorDocument, path: Path, context: Context): BehaviorRule {
  checkAnswer(rule, path, context);
  return {
    ...defined({ match: rule.match, attempts: rule.attempts, on: rule.on, value: rule.value, raw: rule.raw }),
    do: rule.do,
    ...(rule.duration !== undefined && { durationMs: ms(rule.duration, 0) }),
  };
}

/** `return` answers with either `value` or `raw`; no other action has either. */
function checkAnswer(rule: BehaviorDocument, path: Path, context: Context): void {
  const given = (['value', 'raw'] as const).filter((field) => field in rule);
  if (rule.do !== 'return') {
    for (const field of given) context.report([...path, field], 'is only possible with `do: return`');
  } else if (given.length === 0) context.report(path, 'needs the field `value`, the answer to return');
  else if (given.length > 1) context.report([...path, 'raw'], 'cannot stand beside `value`: the answer is one of them');
}
