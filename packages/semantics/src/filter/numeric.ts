/** The numeric condition: `["=", n]`, one bound, or a lower and then an upper bound. It holds for JSON numbers only. */

import type { Place } from './place.ts';
import { HIT, type Matcher, MISS, NUMERIC_MET_STRING } from './rank.ts';
import { refuse } from './refusal.ts';
import { numberOf } from './values.ts';

type NumberTest = (number: number) => boolean;

/** Compiles the operand of `numeric`. */
export function compileNumeric(operand: unknown, place: Place): Matcher {
  const holds = numberTest(operand, place);
  return (value) => {
    if (typeof value === 'string') return isNumberInText(value, holds) ? NUMERIC_MET_STRING : MISS;
    const number = numberOf(value);
    return number !== undefined && holds(number) ? HIT : MISS;
  };
}

/** Whether a string would fit if it were the number that it spells: the near miss which a DynamoDB N always is. */
function isNumberInText(text: string, holds: NumberTest): boolean {
  return text.trim() !== '' && holds(Number(text));
}

function numberTest(operand: unknown, place: Place): NumberTest {
  const syntax = 'must be ["=", number], one bound such as [">", number], or a lower and an upper bound.';
  if (!Array.isArray(operand)) refuse(place.where, syntax);
  const [operator, bound, secondOperator, secondBound] = operand;
  const first = comparison(operator, numberOf(bound));
  if (operand.length === 2) return first ?? refuse(place.where, syntax);
  const second = comparison(secondOperator, numberOf(secondBound));
  const isRange = operand.length === 4 && isOneOf(operator, ['>', '>=']) && isOneOf(secondOperator, ['<', '<=']);
  if (!isRange || first === undefined || second === undefined) refuse(place.where, syntax);
  if (Number(numberOf(bound)) >= Number(numberOf(secondBound))) {
    refuse(place.where, 'must have a lower bound below its upper bound.');
  }
  return (number) => first(number) && second(number);
}

function isOneOf(operator: unknown, operators: readonly string[]): boolean {
  return typeof operator === 'string' && operators.includes(operator);
}

/** The test of one bound, or undefined for what is none. */
function comparison(operator: unknown, bound: number | undefined): NumberTest | undefined {
  if (bound === undefined || !Number.isFinite(bound)) return undefined;
  switch (operator) {
    case '=':
      return (number) => number === bound;
    case '<':
      return (number) => number < bound;
    case '<=':
      return (number) => number <= bound;
    case '>':
      return (number) => number > bound;
    case '>=':
      return (number) => number >= bound;
    default:
      return undefined;
  }
}
