import { type Grade, isRuleId, type RuleId, rules } from '@millrace/semantics';
import { didYouMean, hang, plural } from '@millrace/simulation';
import { type Command, Option } from 'commander';
import { type Context, printLines } from '../context.ts';
import { exitCodes, UsageError } from '../errors.ts';

interface RulesFlags {
  readonly area?: string;
  readonly grade?: Grade;
  readonly source?: string;
  readonly json?: true;
}

const grades = ['observed', 'documented', 'chosen'] as const;
const ids = Object.keys(rules) as RuleId[];

const examples = `
Grades: observed on AWS; documented by AWS; chosen here where AWS is silent.

Examples:
  millrace rules                                 all rules, an area after the other
  millrace rules stream.retry-budget-resets      one rule with its evidence
  millrace rules --area sqs --grade observed
  millrace rules --source kinesis --json`;

export function addRules(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command('rules')
    .summary('list and show the rules, with their evidence')
    .description(
      'Lists the rules that Millrace goes by, or shows one: what it says, how well it is known, and from where.',
    )
    .argument('[id]', 'id of a rule, or the beginning of ids')
    .option('--area <name>', 'only ids that begin with this area')
    .addOption(new Option('--grade <grade>', 'only rules that are known this well').choices(grades))
    .option('--source <kind>', 'only rules that apply to this kind of source')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (id: string | undefined, flags: RulesFlags) => {
      await printLines(context, ruleLines(context, chosenIds(id, flags), id !== undefined && isRuleId(id), flags));
      exit(exitCodes.ok);
    });
}

function chosenIds(start: string | undefined, flags: RulesFlags): RuleId[] {
  if (start !== undefined && isRuleId(start)) return [start];
  const { area, grade, source } = flags;
  const found = ids.filter((id) => {
    const { grade: known, sources } = rules[id];
    const applies = source === undefined || sources === undefined || (sources as readonly string[]).includes(source);
    return (
      (start === undefined || id.startsWith(start)) &&
      (area === undefined || areaOf(id) === area) &&
      (grade === undefined || known === grade) &&
      applies
    );
  });
  if (found.length > 0) return found;
  if (start !== undefined)
    throw new UsageError(`There is no rule "${start}".${didYouMean(start, ids)} millrace rules lists them all.`);
  if (area !== undefined && !ids.some((id) => areaOf(id) === area)) {
    throw new UsageError(`There is no area "${area}"; the areas are ${[...new Set(ids.map(areaOf))].join(', ')}.`);
  }
  return [];
}

function areaOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

function ruleLines(context: Context, chosen: readonly RuleId[], single: boolean, flags: RulesFlags): string[] {
  if (flags.json) return [JSON.stringify(chosen.map(ruleJson), null, 2)];
  const [first] = chosen;
  if (single && first !== undefined) return detailLines(context, first);
  return [...listLines(context, chosen), context.look.paint('dim', countText(chosen))];
}

/** `95 rules: 33 observed, 45 documented, 17 chosen`. */
function countText(chosen: readonly RuleId[]): string {
  const counts = grades.map((grade) => [grade, chosen.filter((id) => rules[id].grade === grade).length] as const);
  const known = counts.filter(([, count]) => count > 0).map(([grade, count]) => `${count} ${grade}`);
  return `${plural(chosen.length, 'rule')}${known.length > 0 ? `: ${known.join(', ')}` : ''}`;
}

function ruleJson(id: RuleId): Record<string, unknown> {
  const { statement, grade, evidence, sources } = rules[id];
  return { id, statement, grade, evidence, ...(sources ? { sources } : {}) };
}

function detailLines({ look }: Context, id: RuleId): string[] {
  const { statement, grade, evidence, sources } = rules[id];
  return [
    look.paint('strong', id),
    ...hang(look, '  ', statement),
    ...hang(look, '  grade       ', grade),
    ...hang(look, '  evidence    ', evidence),
    ...hang(look, '  applies to  ', sources ? sources.join(', ') : 'all sources'),
  ];
}

/** An id with its grade, and the whole sentence under it: a rule cut in half says nothing. */
function listLines({ look }: Context, chosen: readonly RuleId[]): string[] {
  return chosen.flatMap((id) => {
    const { grade, statement } = rules[id];
    return [`${look.paint('strong', id)}  ${look.paint('dim', `[${grade}]`)}`, ...hang(look, '  ', statement)];
  });
}
