import type { RuleTable } from './rule.ts';

/** The rules of the area `sources`. */
export const sourcesRules = {} as const satisfies RuleTable;
