import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../src/input-error.ts';
import { loadDocument, loadHandler, loadHandlerReference, loadScenario } from '../src/node/index.ts';
import { scenario } from '../src/scenario/builder.ts';
import type { Arrival, ArrivalFeed } from '../src/scenario/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-loading-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const handlers = join(fixtures, 'handlers');

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function sentence(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message.replaceAll(`${handlers}/`, '').replaceAll(`${folder}/`, '');
}

async function ids(feed: ArrivalFeed): Promise<string[]> {
  const out: Arrival[] = [];
  for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) out.push(...chunk);
  return out.map((one) => `${one.atMs} ${one.id ?? '-'} ${one.source}`);
}

describe('handlers', () => {
  const run = async (file: string, name?: string) => (await loadHandler(join(handlers, file), name))({ a: 1 }, {});

  it('are found by name, as handler, as the default export and in CommonJS', async () => {
    expect(await run('good.mjs', 'reporting')).toEqual({ batchItemFailures: [] });
    expect(await run('good.mjs')).toEqual({ a: 1 });
    expect(await run('default.mjs')).toBe('default');
    expect(await run('default.mjs', 'default')).toBe('default');
    expect(await run('common.cjs', 'handler')).toBe('common');
    expect(await run('common.cjs')).toBe('common');
    expect(await (await loadHandlerReference('./good.mjs#reporting', handlers))({}, {})).toEqual({
      batchItemFailures: [],
    });
  });

  it.each([
    ['none.mjs', 'x', 'none.mjs: there is no such file.'],
    [
      'good.mjs',
      'reportin',
      'good.mjs: there is no export `reportin`: the file exports handler, limit, reporting; did you mean `reporting`?',
    ],
    ['good.mjs', 'limit', 'good.mjs: the export `limit` is a number, not a function.'],
    [
      'nothing.mjs',
      '',
      'nothing.mjs: there is no export `handler` and no default export; choose one with #name: it exports a, b.',
    ],
    ['.', '', ': is a directory; name the handler file in it.'],
  ])('%s#%s is refused in one sentence', async (file, name, expected) => {
    expect(await sentence(loadHandler(join(handlers, file), name))).toContain(expected);
  });

  // The test runner transforms modules itself, so that the reason is worded by its parser, not by Node's.
  it('a module with a syntax error', async () => {
    const message = await sentence(loadHandler(join(handlers, 'broken.mjs')));
    expect(message).toMatch(/^broken\.mjs( line 2)?: the handler could not be loaded: .*$/);
  });

  it('a module that imports what is missing', async () => {
    const message = await sentence(loadHandler(join(handlers, 'imports.mjs')));
    expect(message).toMatch(/^imports\.mjs: the handler could not be loaded: .*missing-module\.mjs.*\.$/);
    expect(message).not.toContain('\n');
  });
});

describe('loading a scenario', () => {
  it('takes fixtures and handlers from beside the file, and records of both kinds in order of time', async () => {
    written('f.jsonl', '{"millrace":1,"source":{"type":"kinesis"}}\n{"at":"0s"}\n{"id":"named","at":"10s"}\n');
    written('h.mjs', 'export const go = () => 7;\n');
    const file = written(
      's.yaml',
      'source: { type: kinesis }\nfunction: { handler: ./h.mjs#go }\nfixture: ./f.jsonl\nspeed: 10x\nrecords: [{ id: a, at: 500ms }]\n',
    );
    const { plan, feed, reopen } = await loadScenario(file);
    const handler = plan.functions[0]?.handler;
    expect(typeof handler === 'function' && handler({}, {})).toBe(7);
    const expected = ['0 f.1 0', '500 a 0', '1000 named 0'];
    expect(await ids(feed)).toEqual(expected);
    expect(await ids(await reopen())).toEqual(expected);
  });

  it('leaves the names to the engine when a fixture is all there is', async () => {
    written('only.jsonl', '{"millrace":1,"source":{"type":"sqs"}}\n{"body":"a"}\n');
    const { feed } = await loadScenario(written('only.yaml', 'source: { type: sqs }\nfixture: only.jsonl\n'));
    expect(await ids(feed)).toEqual(['0 - 0']);
  });

  it('tables need their columns in the scenario only', async () => {
    written('t.csv', 'k,t\na,0s\nb,5s\n');
    const text = 'source: { type: sqs }\nfixture: { file: t.csv, key: k, time: t, speed: 5x }\n';
    const { feed } = await loadScenario(written('t.yaml', text));
    expect(await ids(feed)).toEqual(['0 - 0', '1000 - 0']);
  });

  it('from standard input, and from code', async () => {
    const stdin = Readable.from([Buffer.from('source: { type: sqs }\nrecords: [{}]')]);
    expect(await ids((await loadScenario('-', stdin)).feed)).toEqual(['0 r1 0']);
    const built = scenario('x').kinesis().fixture('orders.jsonl', { speed: 1000 });
    expect((await ids((await loadDocument(built, fixtures)).feed)).length).toBe(7);
  });

  it.each([
    [
      'a.yaml',
      'source: { type: sqs, nam: x }',
      'a.yaml line 1: `source.nam` is not a field of an SQS source; did you mean `name`?',
    ],
    ['b.yaml', 'source: { type: sqs }\nfixture: none.jsonl', 'none.jsonl: there is no such file.'],
    ['c.yaml', 'source: { type: sqs }\nfunction: { handler: ./none.mjs#x }', 'none.mjs: there is no such file.'],
    ['d.yaml', '', 'd.yaml: is empty.'],
  ])('%s is refused in one sentence', async (name, text, expected) => {
    expect(await sentence(loadScenario(written(name, text)))).toBe(expected);
  });

  it('a scenario of 20 MB is refused while it is read', async () => {
    const file = written('huge.yaml', '# x\n'.repeat(5 * 1024 * 1024));
    expect(await sentence(loadScenario(file))).toBe(
      'huge.yaml: the scenario is larger than 16 MB; put its records into a fixture and name it with `fixture:`.',
    );
  });
});
