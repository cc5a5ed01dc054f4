/** Parts of the output: JSON in pieces, progress, damaged traces, what the environment asks for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TraceLine } from '@millrace/simulation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonChunks } from '../src/output/json.ts';
import { Progress, progressText } from '../src/output/progress.ts';
import { isTraceFile, readTrace } from '../src/output/trace-reader.ts';
import { asciiOnly, coloursWanted } from '../src/terminal.ts';
import { scratch, session } from './support.ts';

describe('JSON in pieces', () => {
  it('is the same document as in one piece', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(JSON.parse([...jsonChunks(value)].join(''))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('comes in chunks of bounded size', () => {
    const list = Array.from({ length: 20_000 }, (_, at) => ({ id: `r${at}` }));
    const chunks = [...jsonChunks({ list })];
    expect(chunks.length).toBeGreaterThan(3);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(70_000);
    expect([...jsonChunks({})]).toEqual(['{}\n']);
  });
});

describe('progress', () => {
  const state = { records: 500_000, total: 1_000_000, virtualMs: 61_000 };

  it('is a bar with what matters', () => {
    expect(progressText(state, 2000, false)).toBe(
      '████████████░░░░░░░░░░░░  50%  500,000 of 1,000,000 records  virtual 1m1s  250,000/s',
    );
    expect(progressText({ records: 10, virtualMs: 0, share: 0.25 }, 0, true)).toBe(
      '######..................  25%  10 records  virtual 0s',
    );
    expect(progressText({ records: 5, virtualMs: 0 }, 0, true)).toBe('5 records  virtual 0s');
  });

  it.each([
    [true, [999, 1000, 1050, 1100], ['\r\u001b[K', '\r\u001b[K']],
    [false, [1000, 9999, 10_000, 19_999, 20_000], ['', '']],
  ])('on a terminal: %s', (interactive, times, starts) => {
    let now = 0;
    const cli = session({ terminal: { interactive } });
    const written: string[] = [];
    const progress = new Progress({ ...cli.context.terminal, err: (text) => void written.push(text) }, () => now);
    for (now of times) progress.show(state);
    progress.finish();
    expect(written.filter((text) => text.includes('records'))).toHaveLength(starts.length);
    expect(written.at(-1)).toBe(interactive ? '\r\u001b[K' : `${progressText(state, 20_000, false)}\n`);
  });
});

describe('reading a trace', () => {
  const header = '{"millrace-trace":1,"scenario":"x"}\n';
  const line = '{"seq":1,"at":0,"what":"started"}\n';

  async function read(content: string | Buffer): Promise<TraceLine[]> {
    const file = join(scratch(), 'trace');
    writeFileSync(file, content);
    const lines: TraceLine[] = [];
    expect(await isTraceFile(file)).toBe(true);
    await readTrace(file, (one) => lines.push(one));
    return lines;
  }

  it('reads plain and gzipped files', async () => {
    expect(await read(header + line)).toEqual([{ seq: 1, at: 0, what: 'started' }]);
    expect(await read(gzipSync(header + line + line))).toHaveLength(2);
  });

  it.each([
    [
      'a cut line',
      header + line + line.slice(0, 10),
      /trace line 3: it is not a line of a trace; the file may be cut off or damaged\./,
    ],
    ['a line of something else', `${header}{"a":1}\n`, /trace line 2: it is not a line of a trace/],
    ['another version', '{"millrace-trace":9}\n', /trace line 1: it is not the header of a trace/],
    [
      'a truncated gz',
      gzipSync(header + line.repeat(5000)).subarray(0, 60),
      /trace: it cannot be read to its end after line \d+ \(unexpected end of file\)\./,
    ],
  ])('refuses %s', async (_name, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });

  it('takes a scenario for what it is', async () => {
    const file = join(scratch(), 's.yaml');
    writeFileSync(file, 'scenario: x\n');
    expect(await isTraceFile(file)).toBe(false);
  });
});

describe('the environment', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
    [undefined, {}, false],
  ])('terminal %s with %j: colours %s', (terminal, env, colours) => expect(coloursWanted(terminal, env)).toBe(colours));

  it.each([
    [{}, false],
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'C', LC_ALL: 'C.utf8' }, false],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }, true],
  ])('%j is ASCII: %s', (env, ascii) => expect(asciiOnly(env)).toBe(ascii));
});
