/** `rules`, `schema` and `init`: the catalogue and the starters. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RuleId, rules } from '@millrace/semantics';
import { readScenario } from '@millrace/simulation';
import { describe, expect, it } from 'vitest';
import { sourceKinds } from '../src/options/world-options.ts';
import { starterScenario } from '../src/templates/starter.ts';
import { scratch, session } from './support.ts';

const [firstId = '' as RuleId] = Object.keys(rules) as RuleId[];
const area = firstId.split('.')[0] ?? '';

describe('rules', () => {
  it('lists every rule', async () => {
    const cli = session();
    expect(await cli.run('rules')).toBe(0);
    for (const id of Object.keys(rules)) expect(cli.out).toContain(id);
    expect(cli.out).toContain(`${Object.keys(rules).length} rules`);
  });

  it('shows one with its evidence', async () => {
    const cli = session({ terminal: { width: 400 } });
    expect(await cli.run('rules', firstId)).toBe(0);
    for (const part of [firstId, rules[firstId].statement, rules[firstId].grade, rules[firstId].evidence])
      expect(cli.out).toContain(part);
  });

  it('chooses by area, grade and source, and prints JSON', async () => {
    const cli = session();
    expect(await cli.run('rules', '--area', area, '--source', 'sqs', '--json')).toBe(0);
    const shown = JSON.parse(cli.out) as { id: string; grade: string; sources?: string[] }[];
    const wanted = Object.entries(rules).filter(
      ([id, rule]) => id.startsWith(`${area}.`) && (rule.sources?.includes('sqs') ?? true),
    );
    expect(shown.map((rule) => rule.id)).toEqual(wanted.map(([id]) => id));
    cli.out = '';
    await cli.run('rules', '--grade', 'chosen', '--json');
    expect(new Set((JSON.parse(cli.out) as { grade: string }[]).map((rule) => rule.grade))).toEqual(
      new Set(['chosen']),
    );
  });

  it('suggests the id that was meant', async () => {
    const cli = session();
    expect(await cli.run('rules', `${firstId}x`)).toBe(2);
    expect(cli.err).toContain(`Did you mean ${firstId}`);
  });
});

describe('schema', () => {
  it('prints JSON', async () => {
    const cli = session();
    expect(await cli.run('schema')).toBe(0);
    expect(JSON.parse(cli.out)).toEqual({ title: 'a scenario' });
  });
});

describe('init', () => {
  it.each(sourceKinds)('the %s starter is a good scenario', (kind) => {
    expect(readScenario(starterScenario(kind), { file: `${kind}.yaml` })).toMatchObject({ ok: true });
  });

  it('writes a file, and does not overwrite it without --force', async () => {
    const file = join(scratch(), 'q.yaml');
    const cli = session();
    expect(await cli.run('init', 'sqs', '--file', file)).toBe(0);
    expect(cli.out).toBe(`Wrote ${file}. Run it with: millrace run ${file}\n`);
    expect(readFileSync(file, 'utf8')).toBe(starterScenario('sqs'));
    expect(await cli.run('init', 'kinesis', '--file', file)).toBe(2);
    expect(cli.err).toContain('it exists already');
    expect(readFileSync(file, 'utf8')).toBe(starterScenario('sqs'));
    expect(await cli.run('init', 'kinesis', '--file', file, '--force')).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(starterScenario('kinesis'));
  });

  it('prints to standard output, and refuses a kind that there is not', async () => {
    const cli = session();
    expect(await cli.run('init', 'msk', '--file', '-')).toBe(0);
    expect(cli.out).toBe(starterScenario('msk'));
    expect(await cli.run('init', 'mq')).toBe(2);
    expect(existsSync('mq.yaml')).toBe(false);
  });
});
