/**
 * Which parts of a record `--redact` and `--hash` name: JSON paths into its data, or one of its other fields.
 * `$.customer.email`, `data.items[*].price`, `$['odd name']`, `$..email` (at any depth); `key`, `group`, `dedup`,
 * `headers.NAME`, `attributes.NAME`.
 */
export type Action = 'redact' | 'hash';

/** One step into data. A deep one is taken at any depth. */
export type Step = { readonly name: string | number | '*'; readonly any?: boolean; readonly deep?: boolean };

export type Field = 'data' | 'key' | 'group' | 'dedup' | 'headers' | 'attributes';

export interface Rule {
  readonly action: Action;
  /** As it was written. */
  readonly text: string;
  readonly field: Field;
  /** Into data; of headers and attributes: the name. */
  readonly steps: readonly Step[];
}

/** A rule and how many of its steps lead here. */
export interface Live {
  readonly rule: Rule;
  readonly done: number;
}

const STEP = /^(?:(\.\.?)(\*|[^.[\]'"\s*]+)|\[(\d+)\]|\[\*\]|\[(?:'([^']*)'|"([^"]*)")\])/;

/** A sentence instead of a rule when it is none. */
export function readRule(action: Action, text: string): Rule | string {
  const [, root = '', rest = ''] = /^(\$|[A-Za-z]+)(.*)$/s.exec(text) ?? [];
  const field = fieldOf(root);
  const steps = stepsOf(rest);
  if (field === undefined || steps === undefined) return `--${action}: \`${text}\` is no path. ${FORM}`;
  const named = field === 'headers' || field === 'attributes';
  if (named && (steps.length !== 1 || steps[0]?.any || steps[0]?.deep)) {
    return `--${action}: \`${text}\` names no ${field.slice(0, -1)}; write ${field}.NAME.`;
  }
  if (!named && field !== 'data' && steps.length > 0) {
    return `--${action}: \`${text}\`: a ${field} is taken as a whole; write ${field}.`;
  }
  return { action, text, field, steps };
}

const FORM =
  'It begins with $ for the data ($.customer.email, $.items[*].price, $..email), or is key, group, dedup, headers.NAME or attributes.NAME.';

function fieldOf(root: string): Field | undefined {
  switch (root) {
    case '$':
    case 'data':
    case 'body':
    case 'value':
      return 'data';
    case 'key':
    case 'group':
    case 'dedup':
    case 'headers':
    case 'attributes':
      return root;
    default:
      return undefined;
  }
}

function stepsOf(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== '') {
    const found = STEP.exec(rest);
    if (!found) return undefined;
    const [all, dots, name, index, single, double] = found;
    rest = rest.slice(all.length);
    const quoted = single ?? double;
    if (quoted !== undefined) steps.push({ name: quoted });
    else if (index !== undefined) steps.push({ name: Number(index) });
    else steps.push({ name: name ?? '*', any: (name ?? '*') === '*', deep: dots === '..' });
  }
  return steps;
}

/** The rules that lead on into a member of a value, by its name or its index. */
export function into(live: readonly Live[], name: string | number): Live[] {
  const next: Live[] = [];
  for (const one of live) {
    const step = one.rule.steps[one.done];
    if (!step) continue;
    if (step.deep) next.push(one);
    if (step.any || step.name === name) next.push({ rule: one.rule, done: one.done + 1 });
  }
  return next;
}

/** The rule that ends here, if one does; redacting wins over hashing. */
export function endsHere(live: readonly Live[]): Rule | undefined {
  const ending = live.filter(({ rule, done }) => done === rule.steps.length).map(({ rule }) => rule);
  return ending.find(({ action }) => action === 'redact') ?? ending[0];
}
