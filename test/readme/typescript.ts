/** The TypeScript snippets of a README: one file each, type-checked together, then run together. */
import { join } from 'node:path';
import { root } from '../tidy/repository.ts';
import type { Snippet } from './snippets.ts';
import type { Workspace } from './workspace.ts';

const tsconfig = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    noEmit: true,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    allowJs: true,
    noUnusedLocals: false,
    types: ['node'],
  },
  include: ['snippet-*.ts'],
};

/** Writes each snippet as `snippet-<line>.ts`, so that an error names the line of its fence in the README. */
export function writeSnippets(workspace: Workspace, snippets: readonly Snippet[]): void {
  for (const { line, text } of snippets) {
    const isTest = /from 'vitest'/.test(text);
    // A snippet that imports nothing is a script; an export makes it the module that it is meant to be.
    workspace.write(isTest ? `snippet-${line}.test.ts` : `snippet-${line}.ts`, `${text}\nexport {};\n`);
    if (!isTest) workspace.write(`runs-${line}.test.ts`, runner(line));
  }
  workspace.write('tsconfig.snippets.json', JSON.stringify(tsconfig));
  workspace.write('snippets.config.mjs', "export default { test: { include: ['*.test.ts'], testTimeout: 60_000 } };\n");
}

function runner(line: number): string {
  return `import { test } from 'vitest';\ntest('the snippet of line ${line}', () => import('./snippet-${line}.ts'));\n`;
}

/** What is wrong with the types; empty when nothing is. */
export function typeErrors(workspace: Workspace): string {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, output } = workspace.run(process.execPath, [
    tsc,
    '-p',
    'tsconfig.snippets.json',
    '--pretty',
    'false',
  ]);
  return status === 0 ? '' : output;
}

/** What failed when they ran; empty when nothing did. */
export function runErrors(workspace: Workspace): string {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--root', '.', '--config', 'snippets.config.mjs'];
  const { status, output } = workspace.run(process.execPath, args);
  return status === 0 ? '' : output;
}
