import type { RuleTable } from './rule.ts';

/** The rules of the area `filter`. */
export const filterRules = {} as const satisfies RuleTable;
