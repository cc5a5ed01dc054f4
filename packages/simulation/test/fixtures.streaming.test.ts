import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openFixture, readFixture } from '../src/node/open-fixture.ts';
import type { Arrival } from '../src/scenario/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-streaming-'));
afterAll(() => rmSync(folder, { recursive: true }));

const header = '{"millrace":1,"source":{"type":"kinesis","name":"orders"}}\n';

describe('fixtures are streamed', () => {
  it('reads at most two chunks of bytes ahead of what was asked for, however long the file is', async () => {
    const chunks = 500;
    const perChunk = 200;
    let pulled = 0;
    let closed = 0;
    const bytes = {
      chunks: (async function* () {
        yield Buffer.from(header);
        for (pulled = 1; pulled <= chunks; pulled++) yield Buffer.from('{"key":"a","data":1}\n'.repeat(perChunk));
      })(),
      progress: () => undefined,
      close: () => closed++,
    };
    const { feed } = await readFixture(bytes, 'generated');
    let records = 0;
    let mostAhead = 0;
    let largest = 0;
    for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) {
      records += chunk.length;
      largest = Math.max(largest, chunk.length);
      mostAhead = Math.max(mostAhead, pulled - records / perChunk);
    }
    expect(records).toBe(chunks * perChunk);
    expect(mostAhead).toBeLessThanOrEqual(2);
    expect(largest).toBe(perChunk);
    expect(closed).toBeGreaterThan(0);
  });

  it('refuses a line without end before it has read much more than the limit', async () => {
    let pulledBytes = 0;
    const bytes = {
      chunks: (async function* () {
        yield Buffer.from(header);
        for (;;) {
          pulledBytes += 256 * 1024;
          yield Buffer.alloc(256 * 1024, 'x');
        }
      })(),
      progress: () => undefined,
      close: () => undefined,
    };
    const { feed } = await readFixture(bytes, 'endless').catch((error: Error) => ({ feed: error }));
    expect(String(feed)).toContain('endless line 2: the line is longer than 16 MB');
    expect(pulledBytes).toBeLessThanOrEqual(17 * 1024 * 1024);
  });

  it('reads gzip by its content, in one part or several, and standard input', async () => {
    const text = `${header}${'{"key":"a"}\n'.repeat(3000)}`;
    const packed = Buffer.concat([gzipSync(text), gzipSync('{"key":"b"}\n')]);
    const path = join(folder, 'packed.jsonl');
    writeFileSync(path, packed);
    const { feed, progress } = await openFixture(path);
    expect(await count(feed)).toBe(3001);
    expect(progress()).toBe(1);
    const bytewise = Array.from(packed.subarray(0, 5), (byte) => Buffer.from([byte]));
    const stdin = Readable.from([...bytewise, packed.subarray(5)], { objectMode: false });
    expect(await count((await openFixture('-', { stdin })).feed)).toBe(3001);
  });

  it('gives the same arrivals wherever the chunks are cut, in the middle of a character too', async () => {
    const text = `\ufeff${header}{"id":"ü","at":"1s","key":"ключ","data":{"€":"😀"}}\r\n\n{"id":"z","at":"2s","key":"k"}`;
    const whole = Buffer.from(text);
    const results = new Set<string>();
    for (let cut = 1; cut < whole.length; cut++) {
      const chunks = (async function* () {
        yield whole.subarray(0, cut);
        yield whole.subarray(cut);
      })();
      const { feed } = await readFixture({ chunks, progress: () => undefined, close: () => undefined }, 'cut');
      const arrivals: Arrival[] = [];
      for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) arrivals.push(...chunk);
      results.add(JSON.stringify(arrivals));
    }
    expect([...results]).toEqual([
      JSON.stringify([
        {
          atMs: 1000,
          source: 0,
          id: 'ü',
          payload: { partitionKey: 'ключ', data: Buffer.from('{"€":"😀"}').toString('base64') },
        },
        { atMs: 2000, source: 0, id: 'z', payload: { partitionKey: 'k', data: Buffer.from('{}').toString('base64') } },
      ]),
    ]);
  });
});

describe('records without times', () => {
  const untimed = (type: string, lines: number, shards = 1, entry = '{}') =>
    Buffer.from(`${JSON.stringify({ millrace: 1, source: { type, shards } })}\n${`${entry}\n`.repeat(lines)}`);
  const source = (type: string) => JSON.stringify({ millrace: 1, source: { type } });

  it.each([
    ['kinesis', 1, 2000, 1999],
    ['kinesis', 4, 2000, 499],
    ['sqs-fifo', 1, 3000, 999],
    ['sqs', 1, 10_000, 999],
    ['msk', 1, 10_000, 999],
  ])('%s with %d shards: %d records take %d ms', async (type, shards, lines, lastMs) => {
    const content =
      type === 'kinesis' ? untimed(type, lines, shards) : Buffer.from(`${source(type)}\n${'{}\n'.repeat(lines)}`);
    const { feed, timed } = await openFixture('-', { stdin: Readable.from([content]) });
    let last = 0;
    for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) last = chunk.at(-1)!.atMs;
    expect(timed).toBe(false);
    expect(last).toBe(lastMs);
  });

  it('a shard takes no more than 1 MB a second', async () => {
    const entry = JSON.stringify({ key: 'k', data: 'x'.repeat(64 * 1024 - 1) });
    const { feed } = await openFixture('-', { stdin: Readable.from([untimed('kinesis', 33, 2, entry)]) });
    let last = 0;
    for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) last = chunk.at(-1)!.atMs;
    expect(last).toBe(1000);
  });
});

async function count(feed: Awaited<ReturnType<typeof openFixture>>['feed']): Promise<number> {
  let records = 0;
  for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) records += chunk.length;
  return records;
}
