/**
 * The catalogue: every rule of the core by its id, from one table per area. Ids are `area.what-it-says`; they are a
 * contract with traces and explanations, so a rule's id changes only when its meaning does.
 */
import { eventsRules } from './events.ts';
import { filterRules } from './filter.ts';
import { functionRules } from './function.ts';
import { mappingRules } from './mapping.ts';
import { parametersRules } from './parameters.ts';
import { pollerRules } from './poller.ts';
import type { Rule, RuleData } from './rule.ts';
import { sourcesRules } from './sources.ts';

const tables = {
  ...pollerRules,
  ...filterRules,
  ...eventsRules,
  ...parametersRules,
  ...sourcesRules,
  ...mappingRules,
  ...functionRules,
};

/** The id of a rule of the catalogue. */
export type RuleId = keyof typeof tables;

/** Every rule by id, in the order in which the areas list them. */
export const rules: Readonly<Record<RuleId, Rule>> = tables;

/** Whether a text is the id of a rule. */
export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(tables, text);
}

/** One sentence that says why a rule was applied, from the data of the line that names it. */
export function sentence(id: RuleId, data: RuleData = {}): string {
  const rule = rules[id];
  return rule.why?.(data) ?? rule.statement;
}
