/** The demo as a newcomer runs it, and every command that it proposes next. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { verdictOn } from './readme/commands.ts';
import { commandsOf } from './readme/snippets.ts';
import { newWorkspace, type Workspace } from './readme/workspace.ts';
import { readText, root } from './tidy/repository.ts';

describe('demo', () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = newWorkspace();
  });
  afterAll(() => workspace.remove());

  test('the fixture holds 3,000 flights in order of departure, each under its own id', () => {
    const [header, ...lines] = readText('demo/flights.jsonl').trimEnd().split('\n');
    expect(JSON.parse(header ?? '')).toEqual({ millrace: 1, source: { type: 'kinesis', name: 'flights', shards: 4 } });
    const flights = lines.map((line) => JSON.parse(line) as Flight);
    expect(flights).toHaveLength(3000);
    expect(new Set(flights.map(({ id }) => id)).size).toBe(3000);
    const minutes = flights.map(({ at }) => Number(/^(\d+)m$/.exec(at)?.[1]));
    expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
    expect(flights.filter(({ data }) => data.delay > 240).map(({ id }) => id)).toEqual(poison);
    expect(flights.every(({ key, data }) => key === data.origin)).toBe(true);
  });

  test('runs as expected, and what it proposes next works', () => {
    const demo = spawnSync(process.execPath, ['infra/demo.mjs'], { cwd: root, encoding: 'utf8' });
    expect(demo.status, demo.stderr).toBe(0);
    const [report, proposals] = demo.stdout.split('What to try next:');
    for (const id of poison) expect(report).toContain(id);
    const commands = commandsOf(proposals ?? '').filter((line) => line.startsWith('npx millrace'));
    expect(commands).toHaveLength(4);
    for (const command of commands) expectToWork(workspace, command.replace(/ {3,}.*$/, ''));
  });
});

const poison = ['MCI-1', 'DCA-18', 'LIT-15', 'SMF-17'];

interface Flight {
  readonly id: string;
  readonly at: string;
  readonly key: string;
  readonly data: { readonly delay: number; readonly origin: string };
}

function expectToWork(workspace: Workspace, command: string): void {
  const verdict = verdictOn(command);
  if (verdict.kind !== 'run') throw new Error(`${command}: ${verdict.reason}`);
  const { status, output } = workspace.shell(verdict.command);
  expect(status, `${command}\n${output}`).toBe(0);
  expect(output.length).toBeGreaterThan(100);
}
