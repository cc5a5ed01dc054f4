/** Bad input through the real reader: one sentence that names file, line and field, exit 2, no stack, nothing written. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HandlerGuard } from '../src/handlers/guard.ts';
import { simulationEngine } from '../src/wiring.ts';
import { scratch, session } from './support.ts';

const scenario = (lines: string): string => `scenario: x\nsource: { type: kinesis, name: s }\n${lines}\n`;
const mapping = 'mapping: { StartingPosition: TRIM_HORIZON }';

/** Files of each case, then the command; `$` stands for the directory. */
const cases: readonly (readonly [string, Readonly<Record<string, string | Buffer>>, readonly string[], RegExp])[] = [
  ['a scenario that does not exist', {}, ['run', '$/no.yaml'], /no\.yaml/],
  ['a directory', {}, ['run', '$'], /directory/],
  ['YAML that is none', { 'x.yaml': 'a: [\n' }, ['run', '$/x.yaml'], /x\.yaml line \d/],
  [
    'a wrong field',
    { 'x.yaml': scenario(`${mapping}\nrecrods: []`) },
    ['run', '$/x.yaml'],
    /x\.yaml line 4.*recrods.*records/,
  ],
  [
    'a negative number',
    { 'x.yaml': 'scenario: x\nsource: { type: kinesis, shards: -1 }\n' },
    ['run', '$/x.yaml'],
    /x\.yaml line 2.*shards/,
  ],
  [
    'a duration without a unit',
    { 'x.yaml': scenario(`${mapping}\nuntil: 5`) },
    ['run', '$/x.yaml'],
    /x\.yaml line 4.*until/,
  ],
  [
    'a handler that does not exist',
    { 'x.yaml': scenario(`${mapping}\nfunction: { handler: ./h.mjs#fn }`) },
    ['run', '$/x.yaml'],
    /h\.mjs/,
  ],
  [
    'an export that is no function',
    { 'h.mjs': 'export const fn = 5;\n', 'f.jsonl': '{"key":"a","data":1}\n' },
    ['replay', '$/f.jsonl', '--source', 'kinesis', '--handler', '$/h.mjs#fn'],
    /h\.mjs.*fn.*not a function/,
  ],
  [
    'an export that is not there',
    { 'h.mjs': 'export const handler = () => {};\n', 'f.jsonl': '{"key":"a","data":1}\n' },
    ['replay', '$/f.jsonl', '--source', 'kinesis', '--handler', '$/h.mjs#handle'],
    /h\.mjs.*handle.*handler/,
  ],
  ['a fixture that does not exist', {}, ['replay', '$/no.jsonl', '--source', 'kinesis'], /no\.jsonl/],
  ['an empty fixture', { 'f.jsonl': '' }, ['replay', '$/f.jsonl', '--source', 'kinesis'], /f\.jsonl.*empty/],
  [
    'a fixture line that is no JSON',
    { 'f.jsonl': '{"millrace":1,"source":{"type":"kinesis"}}\n{"id":\n' },
    ['replay', '$/f.jsonl'],
    /f\.jsonl line 2/,
  ],
  [
    'a truncated gz',
    { 'f.jsonl.gz': gzipSync('{"key":"a","data":1}\n'.repeat(999)).subarray(0, 40) },
    ['replay', '$/f.jsonl.gz', '--source', 'kinesis'],
    /f\.jsonl\.gz/,
  ],
  [
    'a line without an end',
    { 'f.jsonl': Buffer.concat([Buffer.from('{"key":"a","data":1}\n'), Buffer.alloc(100 * 1024 * 1024, 'x')]) },
    ['replay', '$/f.jsonl', '--source', 'kinesis'],
    /f\.jsonl line 2.*MB/,
  ],
  ['plain rows that do not say their source', { 'f.csv': 'a,b\n1,2\n' }, ['replay', '$/f.csv'], /f\.csv.*--source/],
];

describe('bad input', () => {
  it('names all that is wrong with a scenario, a sentence each', async () => {
    const file = join(scratch(), 'x.yaml');
    writeFileSync(file, scenario('recrods: []\nuntil: 5'));
    const cli = session({ engine: simulationEngine(new HandlerGuard()) });
    expect(await cli.run('run', file)).toBe(2);
    expect(cli.err.split('\n')).toEqual([
      expect.stringMatching(/x\.yaml line 3: .*recrods/),
      expect.stringMatching(/x\.yaml line 4: .*until/),
      '',
    ]);
  });

  it.each(cases)('%s', async (_name, files, args, message) => {
    const directory = scratch();
    mkdirSync(directory, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
    const trace = join(directory, 'trace.jsonl');
    const cli = session({ engine: simulationEngine(new HandlerGuard()) });
    const code = await cli.run(...args.map((arg) => arg.replace('$', directory)), '--trace', trace);
    expect(cli.err).toMatch(message);
    expect([code, cli.out, cli.err.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(cli.err).not.toMatch(/^ {4}at /m);
    expect([existsSync(trace), existsSync(`${trace}.partial`)]).toEqual([false, false]);
  });
});
