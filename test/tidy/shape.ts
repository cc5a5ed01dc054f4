/** What a file and its exports may look like: short files, short functions, named exports only, no test left out. */
import { type Check, dotted, finding, lineAt, type Node, nodesOf, placeOf } from './source.ts';

export const longestFile = 300;
export const longestFunction = 60;

const functionTypes = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
const testNames = ['test', 'it', 'describe', 'suite', 'bench'];
const leftOut = ['only', 'skip', 'todo'];

/** Files over 300 lines and functions over 60, below packages/<name>/src. */
export const checkSizes: Check = (source) => {
  if (!placeOf(source.path)) return [];
  const lines = source.text.trimEnd().split('\n').length;
  const long =
    lines > longestFile ? [`${source.path}: ${lines} lines; over ${longestFile} there is a second idea in it`] : [];
  const functions = nodesOf(source, ...functionTypes).flatMap((node) => {
    const length = lineAt(source, node.end) - lineAt(source, node.start) + 1;
    return length > longestFunction
      ? [finding(source, node, `a function of ${length} lines (at most ${longestFunction})`)]
      : [];
  });
  return [...long, ...functions];
};

/** `export default`, `export { x as default }` and `export *` in packages and tests. */
export const checkExports: Check = (source) => {
  if (!/^(packages|test)\//.test(source.path)) return [];
  const defaults = nodesOf(source, 'ExportDefaultDeclaration', 'ExportSpecifier').filter(
    (node) => node.type === 'ExportDefaultDeclaration' || dotted(node.exported) === 'default',
  );
  return [
    ...defaults.map((node) => finding(source, node, 'a default export: export by name')),
    ...nodesOf(source, 'ExportAllDeclaration').map((node) => finding(source, node, 'export *: list the names')),
  ];
};

/** Tests that run alone or not at all. */
export const checkTests: Check = (source) => {
  if (!/\.test\.tsx?$/.test(source.path)) return [];
  return nodesOf(source, 'MemberExpression').flatMap((node) => {
    const name = dotted(node);
    return isLeftOut(node, name) ? [finding(source, node, `${name}: every test runs, always`)] : [];
  });
};

function isLeftOut(node: Node, name: string): boolean {
  const property = dotted(node.property);
  return leftOut.includes(property) && testNames.includes(name.split('.')[0] ?? '');
}
