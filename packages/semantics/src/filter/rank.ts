/**
 * How well a record fits a pattern, as one number that also names the rule which decided.
 *
 * Conditions that must all hold take the lowest rank of their parts, alternatives the highest. So a record that is
 * dropped carries a special rule only when everything else about it fitted, and one that is kept carries a special
 * rule only when it would not have been kept without it. Nothing is allocated and no state is kept along the way.
 */
import type { RuleId } from '../rules/index.ts';

/** What the filters of a mapping say about a record, and the rule that decided. */
export interface FilterVerdict {
  readonly kept: boolean;
  readonly rule: RuleId;
}

/** A rank: an index into the list of verdicts, the worse fits first. */
export type Rank = number;

export const MISS: Rank = 0;
export const ABSENT_MISSES: Rank = 1;
export const FORMAT_DROPS: Rank = 2;
export const NUMERIC_MET_STRING: Rank = 3;
export const NUMBER_WRITTEN_OTHERWISE: Rank = 4;
export const EXISTS_MET_BRANCH: Rank = 5;
export const METADATA_ONLY: Rank = 6;
export const ABSENT_HITS: Rank = 7;
export const ABSENT_LEAF_IS_BRANCH: Rank = 8;
export const EVENTBRIDGE_HIT: Rank = 9;
export const NUMBER_DIFFERS_AS_TEXT: Rank = 10;
export const ANY_ELEMENT: Rank = 11;
export const HIT: Rank = 12;

const verdicts: readonly FilterVerdict[] = [
  { kept: false, rule: 'filter.no-filter-matched' },
  { kept: false, rule: 'filter.absent-value-is-missing' },
  { kept: false, rule: 'filter.format-mismatch-drops' },
  { kept: false, rule: 'filter.numeric-never-matches-strings' },
  { kept: false, rule: 'filter.numbers-compare-as-text' },
  { kept: false, rule: 'filter.exists-on-leaves-only' },
  { kept: true, rule: 'filter.format-mismatch-metadata-only' },
  { kept: true, rule: 'filter.absent-value-is-missing' },
  { kept: true, rule: 'filter.exists-on-leaves-only' },
  { kept: true, rule: 'filter.eventbridge-operators-accepted' },
  { kept: true, rule: 'filter.numbers-compare-as-text' },
  { kept: true, rule: 'filter.array-any-element' },
  { kept: true, rule: 'filter.filter-matched' },
];

/** Whether a rank means that the record fits. */
export function fits(rank: Rank): boolean {
  return rank >= METADATA_ONLY;
}

/** The verdict that a rank stands for. */
export function verdictOf(rank: Rank): FilterVerdict {
  const verdict = verdicts[rank];
  if (verdict === undefined) throw new Error(`There is no verdict of rank ${rank}.`);
  return verdict;
}

/** A compiled condition over a value; `root` is the whole document that the value stands in. */
export type Matcher<T = unknown> = (value: T, root: unknown) => Rank;

/** The lowest rank of all matchers: every one must hold. Stops at the first plain miss. */
export function lowest<T>(matchers: readonly Matcher<T>[], value: T, root: unknown): Rank {
  let rank = HIT;
  for (const matches of matchers) {
    rank = Math.min(rank, matches(value, root));
    if (rank === MISS) return MISS;
  }
  return rank;
}

/** The highest rank of all matchers: one suffices. Stops at the first plain hit. */
export function highest<T>(matchers: readonly Matcher<T>[], value: T, root: unknown): Rank {
  let rank = MISS;
  for (const matches of matchers) {
    rank = Math.max(rank, matches(value, root));
    if (rank === HIT) return HIT;
  }
  return rank;
}
