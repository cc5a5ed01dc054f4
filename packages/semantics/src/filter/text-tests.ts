/**
 * Conditions on strings: prefix, suffix, equals-ignore-case and wildcard. They stand in a leaf's list, and EventBridge
 * allows them inside anything-but as well. All of the work that does not depend on the record is done when compiling.
 */
import { inside, onlyEntry, type Place, requireExtensions } from './place.ts';
import { refuse } from './refusal.ts';
import { wildcardTest } from './wildcard.ts';

export type TextTest = (text: string) => boolean;

/** A condition on strings, and whether only EventBridge has it. */
export interface TextCondition {
  readonly test: TextTest;
  readonly extension: boolean;
}

/** Compiles a condition on strings, or answers undefined when the operator is none. */
export function compileTextTest(operator: string, operand: unknown, place: Place): TextCondition | undefined {
  const here = inside(place, operator);
  switch (operator) {
    case 'prefix':
      return affixTest(operand, here, (text, affix) => text.startsWith(affix));
    case 'suffix':
      return affixTest(operand, here, (text, affix) => text.endsWith(affix));
    case 'equals-ignore-case':
      return { test: equalsIgnoringCase(requireText(operand, here)), extension: false };
    case 'wildcard':
      requireExtensions(place, 'wildcard');
      return { test: wildcardTest(requireText(operand, here), here), extension: true };
    default:
      return undefined;
  }
}

function equalsIgnoringCase(wanted: string): TextTest {
  const lower = wanted.toLowerCase();
  return (text) => text.toLowerCase() === lower;
}

/** A prefix or suffix: a string, or with EventBridge's extension `{ "equals-ignore-case": "..." }`. */
function affixTest(operand: unknown, place: Place, has: (text: string, affix: string) => boolean): TextCondition {
  if (typeof operand === 'string') return { test: (text) => has(text, operand), extension: false };
  const [operator, affix] = onlyEntry(operand, place);
  if (operator !== 'equals-ignore-case') refuse(place.where, `takes a string or equals-ignore-case, not ${operator}.`);
  requireExtensions(place, 'equals-ignore-case inside a prefix or suffix');
  const lower = requireText(affix, inside(place, operator)).toLowerCase();
  return { test: (text) => has(text.toLowerCase(), lower), extension: true };
}

function requireText(operand: unknown, place: Place): string {
  return typeof operand === 'string' ? operand : refuse(place.where, 'must be a string.');
}
