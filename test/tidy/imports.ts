/**
 * Imports point inwards only: a package may use lower rings, of its own ring at most types where the table says so, and
 * other packages only through their entry points. What runs in a browser uses nothing of Node.
 */
import { isBuiltin } from 'node:module';
import { type RingEntry, rings } from './rings.ts';
import { type Check, finding, isNode, type Node, nodesOf, placeOf, resolveRelative, type Source } from './source.ts';

interface Import {
  readonly node: Node;
  readonly specifier: string;
  readonly typesOnly: boolean;
}

/** Problems of every import, re-export, `import()` and `import('…')` type of a package's sources. */
export const checkImports: Check = (source) => {
  const place = placeOf(source.path);
  if (!place) return [];
  const own = rings[place.pkg];
  if (!own) return [`${source.path}: the package ${place.pkg} has no place in the ring table (test/tidy/rings.ts)`];
  return importsOf(source).flatMap((each) => {
    const problem = problemOf(each, source.path, place, own);
    return problem ? [finding(source, each.node, problem)] : [];
  });
};

function importsOf(source: Source): readonly Import[] {
  const types = [
    'ImportDeclaration',
    'ExportNamedDeclaration',
    'ExportAllDeclaration',
    'ImportExpression',
    'TSImportType',
  ];
  return nodesOf(source, ...types).flatMap((node) => {
    const literal = isNode(node.source) ? node.source.value : undefined;
    if (typeof literal === 'string') return [{ node, specifier: literal, typesOnly: isTypesOnly(node) }];
    // Only a specifier that is written out can be judged; a computed one is for Node's own entry point (user handlers).
    return node.type === 'ImportExpression' ? [{ node, specifier: '', typesOnly: false }] : [];
  });
}

function isTypesOnly(node: Node): boolean {
  if (node.type === 'TSImportType') return true;
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
  return specifiers.length > 0 && specifiers.every((each) => each.importKind === 'type' || each.exportKind === 'type');
}

function problemOf(
  { specifier, typesOnly }: Import,
  path: string,
  place: { readonly pkg: string; readonly below: string },
  own: RingEntry,
): string | undefined {
  const inNode = isInNodeDir(own, place.below);
  if (specifier === '') return inNode || !own.browser ? undefined : 'import() of a computed name belongs into src/node';
  if (specifier.startsWith('.')) return relativeProblem(specifier, path, place.pkg, own, inNode);
  if (isBuiltin(specifier)) return own.browser && !inNode ? `${specifier} does not exist in a browser` : undefined;
  const millrace = /^@millrace\/([^/]+)(\/.+)?$/.exec(specifier);
  if (!millrace?.[1]) return undefined;
  return packageProblem(millrace[1], millrace[2], typesOnly, place, own);
}

function isInNodeDir(own: RingEntry, below: string): boolean {
  return own.nodeDirs?.some((dir) => below.startsWith(`${dir}/`)) ?? false;
}

function relativeProblem(
  specifier: string,
  path: string,
  pkg: string,
  own: RingEntry,
  inNode: boolean,
): string | undefined {
  const target = placeOf(resolveRelative(path, specifier));
  if (target?.pkg !== pkg) return `${specifier} leaves the package's src; import the package by its name`;
  if (isInNodeDir(own, target.below) && !inNode) return `${specifier} is only for Node; a browser loads this file`;
  return undefined;
}

function packageProblem(
  name: string,
  subpath: string | undefined,
  typesOnly: boolean,
  place: { readonly pkg: string; readonly below: string },
  own: RingEntry,
): string | undefined {
  const other = rings[name];
  if (!other) return `@millrace/${name} has no place in the ring table (test/tidy/rings.ts)`;
  if (name === place.pkg) return 'a package imports itself by relative paths';
  if (subpath && !other.nodeDirs?.includes(subpath.slice(1))) return `@millrace/${name}${subpath} is a deep import`;
  if (subpath && own.browser && !isInNodeDir(own, place.below)) return `@millrace/${name}${subpath} is only for Node`;
  if (other.ring < own.ring) return undefined;
  if (own.typesOf?.includes(name))
    return typesOnly ? undefined : `only types of @millrace/${name} may be imported here`;
  return other.ring === own.ring
    ? `@millrace/${name} is in the same ring (${own.ring}): packages of one ring meet through a lower one`
    : `@millrace/${name} is in ring ${other.ring}, further out than ring ${own.ring}`;
}
