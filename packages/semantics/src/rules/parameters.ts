import type { RuleTable } from './rule.ts';

/** The rules of the area `parameters`. */
export const parametersRules = {} as const satisfies RuleTable;
