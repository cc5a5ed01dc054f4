/** Every snippet of every README is tested: test/readme/snippets.ts says how. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { millrace, verdictOn } from './readme/commands.ts';
import { commandsOf, escapes, missingLine, type Snippet, snippetsOf } from './readme/snippets.ts';
import { runErrors, typeErrors, writeSnippets } from './readme/typescript.ts';
import { type Background, newWorkspace, type Workspace } from './readme/workspace.ts';
import { readText, repositoryFiles } from './tidy/repository.ts';

const readmes = repositoryFiles().filter((path) =>
  /^((packages\/[^/]+|demo|test\/aws-cases)\/)?README\.md$/.test(path),
);

describe.each(readmes)('%s', (path) => {
  const snippets = snippetsOf(readText(path));
  const run = snippets.filter(({ marks }) => marks.file === undefined);
  const of = (language: string): readonly Snippet[] => run.filter((snippet) => snippet.language === language);
  let workspace: Workspace;

  beforeAll(() => {
    workspace = newWorkspace();
    for (const { marks, text } of snippets) if (marks.file) workspace.write(marks.file, text);
  });
  afterAll(() => workspace.remove());

  test('no snippet escapes', () => {
    expect(escapes(snippets)).toEqual([]);
  });

  const shells = of('sh').map((snippet) => [snippet.line, snippet, snippets[snippets.indexOf(snippet) + 1]] as const);
  test.each(shells)('commands of line %i', async (_line, snippet, next) => {
    const expected = next?.language === 'text' && next.marks.file === undefined ? next.text : '';
    const background: Background[] = [];
    try {
      await runCommands(workspace, snippet, expected, background);
    } finally {
      for (const one of background) expect((await one.stop()).status).toBe(0);
    }
  });

  test.each(of('yaml').map((snippet) => [snippet.line, snippet] as const))('scenario of line %i', (line, { text }) => {
    workspace.write(`scenario-${line}.yaml`, text);
    const { status, output } = workspace.shell(`${millrace()} run scenario-${line}.yaml`);
    expect(status, output).toBe(0);
  });

  const data = [...of('json'), ...of('jsonl')].map((snippet) => [snippet.line, snippet] as const);
  test.each(data)('data of line %i', (_line, { language, text }) => {
    const parts = language === 'json' ? [text] : text.trimEnd().split('\n');
    for (const part of parts) expect(() => JSON.parse(part)).not.toThrow();
  });

  const typescript = of('ts');
  if (typescript.length > 0) {
    test(`TypeScript (${typescript.length})`, () => {
      writeSnippets(workspace, typescript);
      expect(typeErrors(workspace)).toBe('');
      expect(runErrors(workspace)).toBe('');
    });
  }
});

async function runCommands(
  workspace: Workspace,
  snippet: Snippet,
  expected: string,
  background: Background[],
): Promise<void> {
  let output = '';
  for (const command of commandsOf(snippet.text)) {
    const verdict = verdictOn(command);
    expect(verdict.kind === 'refuse' ? verdict.reason : '').toBe('');
    if (verdict.kind !== 'run') continue;
    if (verdict.command.endsWith(' &')) {
      background.push(await workspace.background(verdict.command.slice(0, -2)));
      continue;
    }
    const ran = workspace.shell(verdict.command);
    expect(ran.status, `${command}\n${ran.output}`).toBe(Number(snippet.marks.exit ?? 0));
    output += ran.output;
  }
  const missing = expected === '' ? undefined : missingLine(expected, output);
  expect(missing, `in the output of line ${snippet.line}:\n${output}`).toBeUndefined();
}
