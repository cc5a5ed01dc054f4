import type { RuleTable } from './rule.ts';

/** The rules of the area `function`. */
export const functionRules = {} as const satisfies RuleTable;
