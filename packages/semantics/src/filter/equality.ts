/**
 * Plain values in a leaf's list, and their complement anything-but. Strings compare exactly, numbers by how they are
 * written. Anything-but holds for every leaf that is present and none of its values; it never holds for a missing one.
 */
import { inside, onlyEntry, type Place, requireExtensions } from './place.ts';
import {
  EVENTBRIDGE_HIT,
  HIT,
  type Matcher,
  MISS,
  NUMBER_DIFFERS_AS_TEXT,
  NUMBER_WRITTEN_OTHERWISE,
  type Rank,
} from './rank.ts';
import { refuse } from './refusal.ts';
import { compileTextTest, type TextTest } from './text-tests.ts';
import { isBranch, numberOf, numberText } from './values.ts';

/** Whether a value of a pattern is a plain one: a string, a number, true, false or null. */
export function isPlain(value: unknown): boolean {
  return !Array.isArray(value) && !isBranch(value) && value !== undefined;
}

/** Compiles the plain values of a list, of which any may be equal. */
export function compileEquals(values: readonly unknown[]): Matcher {
  const numbers = compileNumbers(values);
  const others = new Set(values.filter((value) => numberOf(value) === undefined));
  if (numbers === undefined) return (value) => (others.has(value) ? HIT : MISS);
  return (value, root) => (others.has(value) ? HIT : numbers(value, root));
}

/** Numbers are equal when they are written alike; being equal in value alone is a miss with a reason. */
function compileNumbers(values: readonly unknown[]): Matcher | undefined {
  const wanted = values.filter((value) => numberOf(value) !== undefined);
  if (wanted.length === 0) return undefined;
  const texts = new Set(wanted.map(numberText));
  const numbers = new Set(wanted.map(numberOf));
  return (value) => {
    const number = numberOf(value);
    if (number === undefined) return MISS;
    if (texts.has(numberText(value))) return HIT;
    return numbers.has(number) ? NUMBER_WRITTEN_OTHERWISE : MISS;
  };
}

/** Compiles the operand of anything-but: a string, a number, a list of one of these, or a nested condition. */
export function compileAnythingBut(operand: unknown, place: Place): Matcher {
  if (isBranch(operand)) return compileNothingLike(operand, place);
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const isText = values.every((value) => typeof value === 'string');
  const isNumber = values.every((value) => numberOf(value) !== undefined);
  if (values.length === 0 || !(isText || isNumber)) {
    refuse(place.where, 'must be a string, a number, a list of only strings or a list of only numbers.');
  }
  const equals = compileEquals(values);
  return (value) => (isLeaf(value) ? complement(equals(value, value)) : MISS);
}

function complement(rank: Rank): Rank {
  if (rank === HIT) return MISS;
  return rank === NUMBER_WRITTEN_OTHERWISE ? NUMBER_DIFFERS_AS_TEXT : HIT;
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && !isBranch(value);
}

/** EventBridge's extension: anything-but over prefix, suffix, equals-ignore-case or wildcard, each also with a list. */
function compileNothingLike(operand: unknown, place: Place): Matcher {
  requireExtensions(place, 'a condition inside anything-but');
  const [operator, operands] = onlyEntry(operand, place);
  const tests = (Array.isArray(operands) ? operands : [operands]).map((one) => textTest(operator, one, place));
  if (tests.length === 0) refuse(inside(place, operator).where, 'must not be an empty list.');
  return (value) => {
    if (!isLeaf(value)) return MISS;
    return typeof value === 'string' && tests.some((test) => test(value)) ? MISS : EVENTBRIDGE_HIT;
  };
}

function textTest(operator: string, operand: unknown, place: Place): TextTest {
  const condition = typeof operand === 'string' ? compileTextTest(operator, operand, place) : undefined;
  const known = 'takes prefix, suffix, equals-ignore-case or wildcard with a string or a list of strings.';
  return condition === undefined ? refuse(place.where, known) : condition.test;
}
