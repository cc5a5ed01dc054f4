/** The architecture and the house rules, checked on the repository itself. test/tidy-checks.test.ts shows that each can fail. */
import { rules } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';
import { checkImports } from './tidy/imports.ts';
import { checkBrowser, checkTimeless } from './tidy/purity.ts';
import { readText, repositoryFiles } from './tidy/repository.ts';
import { rings } from './tidy/rings.ts';
import { unmentioned } from './tidy/rule-mentions.ts';
import { checkExports, checkSizes, checkTests } from './tidy/shape.ts';
import { type Check, parseSource } from './tidy/source.ts';

const files = repositoryFiles();
const sources = files
  .filter((path) => /^(packages|test)\/.*\.ts$/.test(path) && !path.endsWith('.d.ts'))
  .map((path) => parseSource(path, readText(path)));

const checks: readonly (readonly [string, Check])[] = [
  ['imports point inwards', checkImports],
  ['rules and simulator read no clock and no random source', checkTimeless],
  ['what runs in a browser uses nothing of Node', checkBrowser],
  ['files and functions are short', checkSizes],
  ['exports are named', checkExports],
  ['no test is left out', checkTests],
];

describe('tidy', () => {
  test('the checks see the sources of every package', () => {
    const seen = new Set(sources.map(({ path }) => /^packages\/([^/]+)\/src\//.exec(path)?.[1]));
    const present = new Set(files.map((path) => /^packages\/([^/]+)\//.exec(path)?.[1]).filter(Boolean));
    expect([...present].filter((name) => !seen.has(name))).toEqual([]);
    expect([...present].filter((name) => !rings[name ?? ''])).toEqual([]);
  });

  test.each(checks)('%s', (_title, check) => {
    expect(sources.flatMap(check)).toEqual([]);
  });

  test('every rule of the catalogue is named by a test or a scenario', () => {
    const texts = files
      .filter((path) => /^(packages\/[^/]+\/test|test|demo)\/.*\.(ts|ya?ml|json)$/.test(path))
      .map(readText);
    expect(unmentioned(Object.keys(rules), texts)).toEqual([]);
  });
});
