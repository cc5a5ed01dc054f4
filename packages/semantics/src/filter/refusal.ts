/** How a pattern is refused: thrown by the compiler's parts, caught at its entrances, never seen outside. */
import type { RuleId } from '../rules/index.ts';

/** A pattern that could not be compiled. `message` is Lambda's, `detail` says what to change. */
export interface PatternRefused {
  readonly ok: false;
  readonly rule: RuleId;
  readonly message: string;
  readonly detail: string;
}

/** Lambda's one message for every kind of bad pattern. */
const INVALID_PATTERN_MESSAGE = 'Invalid filter pattern definition.';

class PatternError extends Error {
  readonly rule: RuleId;

  constructor(rule: RuleId, detail: string) {
    super(detail);
    this.rule = rule;
  }
}

/** Stops the compilation of a pattern at a place, given by the names that lead there. */
export function refuse(where: readonly string[], detail: string, rule: RuleId = 'filter.invalid-pattern'): never {
  throw new PatternError(rule, where.length === 0 ? `The pattern ${detail}` : `"${where.join('.')}" ${detail}`);
}

/** Runs a compilation and turns a refusal inside it into its answer. */
export function orRefused<T>(compile: () => T): T | PatternRefused {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return { ok: false, rule: error.rule, message: INVALID_PATTERN_MESSAGE, detail: error.message };
  }
}
