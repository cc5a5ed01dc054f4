import type { RuleTable } from './rule.ts';

/** The rules of the area `events`. */
export const eventsRules = {} as const satisfies RuleTable;
