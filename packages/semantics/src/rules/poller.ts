import type { RuleTable } from './rule.ts';

/** The rules of the area `poller`. */
export const pollerRules = {} as const satisfies RuleTable;
