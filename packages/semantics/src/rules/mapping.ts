import type { RuleTable } from './rule.ts';

/** The rules of the area `mapping`. */
export const mappingRules = {} as const satisfies RuleTable;
