/** Each check of tidy.test.ts on small texts: the bad ones are found, the good ones are not. */
import { describe, expect, test } from 'vitest';
import { checkImports } from './tidy/imports.ts';
import { checkBrowser, checkTimeless } from './tidy/purity.ts';
import { unmentioned } from './tidy/rule-mentions.ts';
import { checkExports, checkSizes, checkTests, longestFile, longestFunction } from './tidy/shape.ts';
import { type Check, parseSource } from './tidy/source.ts';

type Snippet = readonly [path: string, text: string];

function found(check: Check, [path, text]: Snippet): readonly string[] {
  return check(parseSource(path, text));
}

function describeCheck(check: Check, bad: readonly Snippet[], good: readonly Snippet[]): void {
  test.each(bad)('finds in %s: %s', (...snippet) => {
    expect(found(check, snippet)).toHaveLength(1);
  });
  test.each(good)('accepts in %s: %s', (...snippet) => {
    expect(found(check, snippet)).toEqual([]);
  });
}

const core = 'packages/semantics/src/x/y.ts';
const shapes = 'packages/aws-shapes/src/y.ts';
const simulation = 'packages/simulation/src/engine/y.ts';
const simulationNode = 'packages/simulation/src/node/y.ts';
const cli = 'packages/cli/src/main.ts';

describe('imports', () => {
  describeCheck(
    checkImports,
    [
      [core, "import { a } from '@millrace/simulation';"],
      [core, "import type { a } from '@millrace/aws-shapes';"],
      [core, "import { a } from 'node:fs';"],
      [core, "import { a } from 'fs/promises';"],
      [core, "import { a } from '../../../simulation/src/a.ts';"],
      [core, "import { a } from '../../test/a.ts';"],
      [core, "export { a } from '@millrace/cli';"],
      [core, "type A = import('@millrace/runtime').A;"],
      [core, "import { a } from '@millrace/semantics';"],
      [shapes, "import { a } from '@millrace/semantics';"],
      [shapes, "import { type A, b } from '@millrace/semantics';"],
      [shapes, "import '@millrace/semantics';"],
      [simulation, "import { a } from '@millrace/semantics/src/vocabulary.ts';"],
      [simulation, "import { a } from '@millrace/runtime';"],
      [simulation, "const a = await import('node:path');"],
      [simulation, 'const a = await import(name);'],
      [simulation, "import { a } from '../node/index.ts';"],
      ['packages/redis/src/y.ts', "import { a } from '@millrace/gateway';"],
      ['packages/redis/src/y.ts', "import { a } from '@millrace/unknown';"],
      ['packages/studio/src/y.ts', "import { a } from '@millrace/cli';"],
      ['packages/unknown/src/y.ts', "import { a } from 'yaml';"],
    ],
    [
      [core, "import type { A } from '../vocabulary.ts';"],
      [shapes, "import type { A } from '@millrace/semantics';"],
      [shapes, "import { type A, type B } from '@millrace/semantics';"],
      [shapes, "export type { A } from '@millrace/semantics';"],
      [shapes, "import { md5 } from '@noble/hashes/legacy.js';"],
      [simulation, "import { a } from '@millrace/aws-shapes';"],
      [simulationNode, "import { a } from 'node:fs';\nconst b = await import(name);"],
      [simulationNode, "import { a } from '../engine/y.ts';"],
      [cli, "import { a } from '@millrace/simulation/node';\nimport { b } from 'node:fs';"],
      ['packages/poller-kafka/src/y.ts', "import { a } from '@millrace/runtime';"],
      ['test/x.test.ts', "import { a } from '../packages/cli/src/a.ts';"],
    ],
  );
});

describe('clocks', () => {
  describeCheck(
    checkTimeless,
    [
      [core, 'const t = Date.now();'],
      [core, 'const now = Date.now;'],
      [core, 'const t = globalThis.Date.now();'],
      [core, 'const t = new Date();'],
      [core, 'const t = Date();'],
      [shapes, 'const t = Math.random();'],
      [simulation, 'const t = performance.now();'],
      [simulationNode, 'const t = new Date();'],
      [simulation, 'setTimeout(() => {}, 5);'],
      ['packages/runtime/src/drive.ts', 'const t = Date.now();'],
    ],
    [
      [core, 'const t = new Date(5).toISOString();\nconst u = Date.UTC(2026, 0);\n// Date.now()'],
      [core, "const text = 'Math.random()';"],
      ['packages/runtime/src/clock.ts', 'const t = Date.now();'],
      ['packages/simulation/src/node/patience.ts', 'setTimeout(() => {}, 5);'],
      [cli, 'const t = Date.now();'],
    ],
  );
});

describe('browser', () => {
  describeCheck(
    checkBrowser,
    [
      [core, "const b = Buffer.from('a');"],
      [simulation, 'const e = process.env.HOME;'],
      [simulation, "const f = require('fs');"],
    ],
    [
      [simulationNode, "const b = Buffer.from('a');"],
      [simulation, 'const a = options.process;'],
      [cli, 'process.exitCode = 1;'],
    ],
  );
});

describe('sizes', () => {
  const statements = (count: number): string => 'f();\n'.repeat(count);
  describeCheck(
    checkSizes,
    [
      [core, statements(longestFile + 1)],
      [core, `function a() {\n${statements(longestFunction - 1)}}`],
      [core, `const a = () => {\n${statements(longestFunction - 1)}};`],
      [core, `class A { b() {\n${statements(longestFunction - 1)}} }`],
    ],
    [
      [core, statements(longestFile)],
      [core, `function a() {\n${statements(longestFunction - 2)}}`],
      ['test/a.test.ts', statements(longestFile + 1)],
    ],
  );
});

describe('exports', () => {
  describeCheck(
    checkExports,
    [
      [core, 'export default 1;'],
      [core, 'const a = 1;\nexport { a as default };'],
      [core, "export * from './a.ts';"],
      ['test/a.ts', "export * as a from './a.ts';"],
    ],
    [
      [core, 'export const a = 1;\nexport { b } from "./b.ts";'],
      ['vitest.config.ts', 'export default 1;'],
    ],
  );
});

describe('tests', () => {
  const path = 'packages/cli/test/a.test.ts';
  describeCheck(
    checkTests,
    [
      [path, "test.only('a', () => {});"],
      [path, "it.skip('a', () => {});"],
      [path, "describe.concurrent.skip('a', () => {});"],
      [path, "test.todo('a');"],
      [path, "test.skip.each([1])('a', () => {});"],
    ],
    [
      [path, "test('a', () => { stream.skip(); });"],
      ['test/tidy/a.ts', "test.only('a', () => {});"],
    ],
  );
});

test('rules: an id counts as mentioned only as a whole', () => {
  const texts = ["rule: 'stream.retry', also batch.closed-by-size."];
  expect(unmentioned(['stream.retry', 'stream.ret', 'batch.closed-by-size', 'batch.closed'], texts)).toEqual([
    'stream.ret',
    'batch.closed',
  ]);
});
