/** Plain data as YAML, for scenarios that are written: block style, short lists in a row, text quoted where needed. */

/** Lines of YAML; each ends without a newline. Values that are undefined are left out. */
export function yamlLines(value: Readonly<Record<string, unknown>>, indent = ''): string[] {
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .flatMap(([key, part]) => entryLines(`${indent}${scalar(key)}:`, part, indent));
}

function entryLines(head: string, value: unknown, indent: string): string[] {
  if (Array.isArray(value)) return listLines(head, value, indent);
  if (isMap(value) && Object.keys(value).length > 0) return [head, ...yamlLines(value, `${indent}  `)];
  return [`${head} ${isMap(value) ? '{}' : scalar(value)}`];
}

function listLines(head: string, list: readonly unknown[], indent: string): string[] {
  if (!list.some((part) => typeof part === 'object' && part !== null))
    return [`${head} [${list.map(scalar).join(', ')}]`];
  return [head, ...list.flatMap((part) => itemLines(part, `${indent}  `))];
}

/** The first line of an element carries the dash. Lists in lists are written in JSON, which is YAML too. */
function itemLines(value: unknown, indent: string): string[] {
  if (!isMap(value) || Object.keys(value).length === 0) return [`${indent}- ${JSON.stringify(value)}`];
  const [first = '', ...rest] = yamlLines(value, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const plainText = /^[A-Za-z_./][\w./@#-]*$/;
const words = /^(true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  return plainText.test(value) && !words.test(value) ? value : JSON.stringify(value);
}
