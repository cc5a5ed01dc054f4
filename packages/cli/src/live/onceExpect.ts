/** What a scenario expects, held against a real clock: what it says of times may come later by so much, never earlier. */
import type { Plan } from '@millrace/simulation';

type Expectations = NonNullable<Plan['expect']>;
type Amount = NonNullable<NonNullable<Expectations['invocationsAt']>[number]['startMs']>;

export function withTolerance(expect: Expectations, lateMs: number): Expectations {
  const { invocationsAt } = expect;
  if (!invocationsAt) return expect;
  const later = invocationsAt.map((one) => {
    return one.startMs === undefined ? one : { ...one, startMs: upTo(one.startMs, lateMs) };
  });
  return { ...expect, invocationsAt: later };
}

function upTo(amount: Amount, lateMs: number): Amount {
  if (typeof amount === 'number') return { min: amount, max: amount + lateMs };
  return amount.max === undefined ? amount : { ...amount, max: amount.max + lateMs };
}
