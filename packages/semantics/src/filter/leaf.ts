/**
 * The list at a leaf of a pattern: plain values and conditions, of which any one suffices. Source: the table of
 * comparison operators of the Lambda guide's page on event filtering.
 */
import { compileAnythingBut, compileEquals, isPlain } from './equality.ts';
import { compileNumeric } from './numeric.ts';
import { inside, onlyEntry, type Place } from './place.ts';
import { ABSENT_LEAF_IS_BRANCH, EVENTBRIDGE_HIT, EXISTS_MET_BRANCH, HIT, highest, type Matcher, MISS } from './rank.ts';
import { refuse } from './refusal.ts';
import { compileTextTest } from './text-tests.ts';
import { anyElement, isBranch, presenceAt } from './values.ts';

/** Compiles the list at a leaf. */
export function compileLeaf(list: readonly unknown[], place: Place): Matcher {
  if (list.length === 0) refuse(place.where, 'must not be an empty list.');
  const plain = list.filter(isPlain);
  const conditions = list.filter((entry) => !isPlain(entry)).map((entry) => compileCondition(entry, place));
  const any = plain.length > 0 ? [compileEquals(plain), ...conditions] : conditions;
  const only = any.length === 1 ? any[0] : undefined;
  const matches: Matcher = only ?? ((value, root) => highest(any, value, root));
  return (value, root) => anyElement(matches, value, root);
}

function compileCondition(entry: unknown, place: Place): Matcher {
  const [operator, operand] = onlyEntry(entry, place);
  const here = inside(place, operator);
  switch (operator) {
    case 'anything-but':
      return compileAnythingBut(operand, here);
    case 'numeric':
      return compileNumeric(operand, here);
    case 'exists':
      return compileExists(operand, place);
    case 'cidr':
      return refuse(place.where, "uses cidr, which is not in Lambda's table of operators.", 'filter.operator-refused');
    default:
      return compileText(operator, operand, place);
  }
}

function compileText(operator: string, operand: unknown, place: Place): Matcher {
  const condition = compileTextTest(operator, operand, place);
  if (condition === undefined) refuse(place.where, `uses ${operator}, which is no operator of filter patterns.`);
  const { test } = condition;
  const hit = condition.extension ? EVENTBRIDGE_HIT : HIT;
  return (value) => (typeof value === 'string' && test(value) ? hit : MISS);
}

/**
 * Exists sees leaves only. `true` looks at the value itself; `false` at the whole document, because a leaf which any
 * element of an array has on the way is not absent.
 */
function compileExists(operand: unknown, place: Place): Matcher {
  if (operand === false) return absentAt(place.where.slice(place.above));
  if (operand !== true) refuse(inside(place, 'exists').where, 'must be true or false.');
  return (value) => {
    if (value === undefined) return MISS;
    return isBranch(value) ? EXISTS_MET_BRANCH : HIT;
  };
}

function absentAt(path: readonly string[]): Matcher {
  return (_value, root) => {
    const presence = presenceAt(root, path);
    if (presence === 'leaf') return MISS;
    return presence === 'branch' ? ABSENT_LEAF_IS_BRANCH : HIT;
  };
}
