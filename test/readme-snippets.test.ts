/** The reader of READMEs on small texts: what it finds, and that nothing slips through. */
import { describe, expect, test } from 'vitest';
import { verdictOn } from './readme/commands.ts';
import { commandsOf, escapes, missingLine, snippetsOf } from './readme/snippets.ts';
import { runErrors, typeErrors, writeSnippets } from './readme/typescript.ts';
import { newWorkspace } from './readme/workspace.ts';

const fence = '```';

describe('snippets', () => {
  test('finds each fence with its language, line and marks', () => {
    const found = snippetsOf(
      `# A\n<!-- file: a.yaml -->\n\n${fence}yaml\na: 1\n${fence}\ntext\n${fence}sh\nx\n${fence}\n`,
    );
    expect(found).toEqual([
      { language: 'yaml', text: 'a: 1\n', line: 4, marks: { file: 'a.yaml' } },
      { language: 'sh', text: 'x\n', line: 8, marks: {} },
    ]);
  });

  test('a fence inside a longer fence is its text', () => {
    const found = snippetsOf(`${fence}\`text\n${fence}ts\n${fence}\n${fence}\`\n`);
    expect(found.map(({ text }) => text)).toEqual([`${fence}ts\n${fence}\n`]);
  });

  test('a fence that is not closed is an error that names its line', () => {
    expect(() => snippetsOf(`\n${fence}ts\nconst a = 1;\n`)).toThrow('line 2');
  });
});

test('commands: joined lines, no comments, an export after # kept', () => {
  expect(commandsOf('# first\nnpx millrace run a.yaml \\\n  --json   # all\n\nnode ./h.mjs#fn\n')).toEqual([
    'npx millrace run a.yaml --json',
    'node ./h.mjs#fn',
  ]);
});

describe('escapes', () => {
  const problems = (markdown: string): readonly string[] => escapes(snippetsOf(markdown));

  test.each([
    ['no language', `${fence}\nx\n${fence}\n`],
    ['a language that nobody runs', `${fence}python\nx\n${fence}\n`],
    ['output of nothing', `${fence}text\nx\n${fence}\n`],
    ['a file that nothing uses', `<!-- file: a.mjs -->\n${fence}js\nx\n${fence}\n`],
    ['a mark that nobody reads', `<!-- skip: true -->\n${fence}sh\nx\n${fence}\n`],
  ])('%s', (_title, markdown) => {
    expect(problems(markdown)).toHaveLength(1);
  });

  test('a used file and the output of a command are fine', () => {
    const file = `<!-- file: a.mjs -->\n${fence}js\nx\n${fence}\n`;
    expect(problems(`${file}${fence}sh\nnode a.mjs\n${fence}\n${fence}text\nx\n${fence}\n`)).toEqual([]);
  });
});

describe('output', () => {
  test.each([
    ['b\nc', undefined],
    ['a\n…\nd', undefined],
    ['…\nd', undefined],
    ['a\nc', 'c'],
    ['c\n…\nb', 'b'],
    ['x', 'x'],
  ])('%j in a, b, c, d', (expected, missing) => {
    expect(missingLine(expected, 'a\nb  \nc\nd\n')).toBe(missing);
  });
});

test.each([
  ['npx millrace run demo/flights.yaml', 'run'],
  ['npm run demo', 'run'],
  ['npm test', 'leave'],
  ['npm run bench', 'leave'],
  ['npm run no-such-script', 'refuse'],
  ['curl example.org', 'refuse'],
  ['npx other run', 'refuse'],
])('command %s: %s', (command, kind) => {
  expect(verdictOn(command).kind).toBe(kind);
});

describe('TypeScript', () => {
  const wrong = { language: 'ts', text: "const a: number = 'a';\n", line: 3, marks: {} };
  const throwing = { language: 'ts', text: "throw new Error('this snippet fails');\n", line: 7, marks: {} };

  test('wrong types and a snippet that throws are found, by the line of their fence', () => {
    const workspace = newWorkspace();
    try {
      writeSnippets(workspace, [wrong, throwing]);
      expect(typeErrors(workspace)).toContain('snippet-3.ts(1,7)');
      const run = runErrors(workspace);
      expect(run).toContain('this snippet fails');
      expect(run).toContain('1 passed');
    } finally {
      workspace.remove();
    }
  });
});
