/** A source file as the checks see it: its text, its place, its syntax tree, and a walk over that tree. */
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** A node of the ESTree with TypeScript's additions. Only what the checks read is typed. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Source {
  /** Path from the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
}

export type Check = (source: Source) => readonly string[];

/** @throws when the text is no TypeScript. */
export function parseSource(path: string, text: string): Source {
  return { path, text, program: parseAst(text, { lang: 'ts' }, path) as unknown as Node };
}

/** Package name and path below its `src`, for files of packages/<name>/src; undefined for all others. */
export function placeOf(path: string): { readonly pkg: string; readonly below: string } | undefined {
  const match = /^packages\/([^/]+)\/src\/(.+)$/.exec(path);
  return match?.[1] && match[2] ? { pkg: match[1], below: match[2] } : undefined;
}

/** Calls `visit` for every node, parents first. */
function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit);
    }
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** All nodes of some types. */
export function nodesOf(source: Source, ...types: readonly string[]): readonly Node[] {
  const found: Node[] = [];
  walk(source.program, (node) => {
    if (types.includes(node.type)) found.push(node);
  });
  return found;
}

export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length;
}

/** One line about one place, as an editor understands it. */
export function finding(source: Source, node: Node, message: string): string {
  return `${source.path}:${lineAt(source, node.start)}: ${message}`;
}

/** `a.b.c` for a chain of names without computed parts; '' for anything else. */
export function dotted(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'Identifier') return String(node.name);
  if (node.type !== 'MemberExpression' || node.computed === true) return '';
  const object = dotted(node.object);
  return object === '' ? '' : `${object}.${dotted(node.property)}`;
}

/** Resolves a relative specifier against the importing file. */
export function resolveRelative(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}
