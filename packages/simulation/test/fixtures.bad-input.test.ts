import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../src/input-error.ts';
import { type FixtureOptions, openFixture } from '../src/node/open-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-fixtures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const header = '{"millrace":1,"source":{"type":"kinesis","name":"orders"}}\n';
const sqsEvent = (fields: object) =>
  JSON.stringify({ Records: [{ eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:r:1:q', body: 'a', ...fields }] });

/** Writes the content, reads all of it, and answers the error with the folder taken off. */
async function failure(name: string, content: string | Uint8Array, options?: FixtureOptions) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return failureOf(path, options);
}

async function failureOf(path: string, options?: FixtureOptions) {
  try {
    const { feed } = await openFixture(path, options);
    while ((await feed.next()) !== undefined);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { code, line, field } = error;
    return { code, line, field, message: error.message.replaceAll(`${folder}/`, '') };
  }
  throw new Error('nothing was refused');
}

describe('each kind of bad fixture is refused in one sentence', () => {
  it.each<[string, string | Uint8Array, FixtureOptions, string]>([
    [
      'not JSON',
      `${header}{"key":"a"}\n{"key":\n{"key":"b"}\n`,
      {},
      'f line 3: the line is not JSON: Unexpected end of JSON input.',
    ],
    [
      'misspelt field',
      `${header}{"key":"a"}\n{"kee":"a"}\n`,
      {},
      'f line 3: `kee` is not a field of a record of a source of type kinesis; did you mean `key`?',
    ],
    [
      'negative time',
      `${header}{"at":"-5s"}\n`,
      {},
      'f line 2: `at` must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d, not "-5s".',
    ],
    [
      'time without unit',
      `${header}{"at":5}\n`,
      {},
      'f line 2: `at` must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d, not 5.',
    ],
    [
      'bad base64',
      `${header}{"data":{"base64":"%"}}\n`,
      {},
      'f line 2: `data.base64` must be base64 with its padding, not "%".',
    ],
    ['no record', `${header}[]\n`, {}, 'f line 2: the record must be one record, { … }, not [].'],
    [
      'too many repetitions',
      `${header}{"repeat":1000000}\n`,
      {},
      "f line 2: `repeat` must be at most 10000 in a fixture; write it into the scenario's records.",
    ],
    [
      'header of another version',
      '{"millrace":2}\n',
      {},
      'f line 1: `millrace` must be 1, the version of the format, not 2.',
    ],
    ['header without source', '{"millrace":1}\n', {}, 'f line 1: `source` must be a block of fields, not nothing.'],
    [
      'header with a wrong type',
      '{"millrace":1,"source":{"type":"kinesiss"}}\n',
      {},
      'f line 1: `source.type` must be one of sqs, sqs-fifo, kinesis, dynamodb, msk, self-managed-kafka, not "kinesiss"; did you mean `kinesis`?',
    ],
    [
      'header with a wrong field',
      '{"millrace":1,"source":{"type":"kinesis","shard":2}}\n',
      {},
      'f line 1: `source.shard` is not a field of a Kinesis source; did you mean `shards`?',
    ],
    ['header alone', header, {}, 'f: holds no records.'],
    ['empty', '', {}, 'f: is empty.'],
    ['blank', '\n \n', {}, 'f: is empty.'],
    [
      'unknown JSON',
      '[1,2]\n',
      {},
      'f line 1: is none of the formats that can be read: Millrace JSONL, saved Lambda events, output of `aws … get-records` or `receive-message`, `kcat -J`, CSV or JSON rows.',
    ],
    [
      'unknown text',
      'hello world\n',
      { kind: 'sqs' },
      'f line 1: is none of the formats that can be read: Millrace JSONL, saved Lambda events, output of `aws … get-records` or `receive-message`, `kcat -J`, CSV or JSON rows.',
    ],
    [
      'rows for nobody',
      '{"a":1}\n',
      {},
      'f: holds plain rows, which do not say what kind of source they are for; name it (`--source kinesis`), and the columns for key, time and data.',
    ],
    [
      'misspelt column',
      'origin,date\nDTW,x\n',
      { kind: 'sqs', key: 'orgin' },
      'f line 2: `key` names the column `orgin`, and the table has origin, date; did you mean `origin`?',
    ],
    [
      'time that is none',
      'a,b\n1,x\n',
      { kind: 'sqs', time: 'b' },
      'f line 2: `b` must be a date, or a time since the epoch, not "x".',
    ],
    [
      'column missing later',
      '{"k":"a"}\n{"q":1}\n',
      { kind: 'sqs', key: 'k' },
      'f line 2: `k` is missing in this row.',
    ],
    [
      'DynamoDB rows without key',
      '{"k":"a"}\n',
      { kind: 'dynamodb' },
      'f line 1: `key` must name the column of the primary key, for a DynamoDB table.',
    ],
    [
      'ragged CSV',
      'a,b\n1,2\n3\n',
      { kind: 'sqs' },
      'f line 3: the row has another number of columns than the header.',
    ],
    ['open quote', 'a,b\n1,"2\n3,4\n', { kind: 'sqs' }, 'f line 3: a quote is opened and never closed.'],
    ['quote inside', 'a,b\n1,2\n1,"x"y\n', { kind: 'sqs' }, 'f line 3: a quote inside a quoted value must be doubled.'],
    ['event without body', sqsEvent({ body: 5 }), {}, 'f line 1: `Records[0].body` must be text, not 5.'],
    [
      'event with a bad time',
      sqsEvent({ attributes: { SentTimestamp: 'soon' } }),
      {},
      'f line 1: `Records[0].attributes.SentTimestamp` must be a date, or a time since the epoch, not "soon".',
    ],
    [
      'document cut off',
      '{\n "Records": [\n  {"eventSource":\n',
      {},
      'f line 3: the file is not JSON: Unexpected end of JSON input.',
    ],
    [
      'not UTF-8',
      Buffer.concat([Buffer.from(`${header}{"key":"a"}\n{"key":"`), Buffer.from([0xff]), Buffer.from('"}\n')]),
      {},
      'f line 3: the text is not UTF-8.',
    ],
    ['UTF-16', Buffer.from(`\ufeff${header}`, 'utf16le'), {}, 'f line 1: the file is UTF-16; save it as UTF-8.'],
    [
      'long line',
      `${header}{"data":"${'x'.repeat(2_000_000)}"}\n`,
      { longestLineBytes: 1024 * 1024 },
      'f line 2: the line is longer than 1 MB; a fixture has one record a line.',
    ],
    [
      'long line without end',
      `${header}{"data":"${'x'.repeat(2000)}`,
      { longestLineBytes: 1000 },
      'f line 2: the line is longer than 1000 bytes; a fixture has one record a line.',
    ],
    [
      'truncated gzip',
      gzipSync(`${header}{"key":"a"}\n`.repeat(1)).subarray(0, 40),
      {},
      'f: the gzip data ends too early: the file is cut off; copy or download it again.',
    ],
    [
      'damaged gzip',
      Buffer.concat([gzipSync(header).subarray(0, 14), Buffer.from('garbage, not deflate')]),
      {},
      'f: the gzip data is damaged; copy or download the file again.',
    ],
    [
      'partition out of range',
      '{"millrace":1,"source":{"type":"msk"}}\n{"partition":3}\n',
      { partitions: 2 },
      'f line 2: `partition` is 3, and the source has 2; set `partitions` of the source.',
    ],
  ])('%s', async (_what, content, options, sentence) => {
    const { message, line, code } = await failure('f', content, options);
    expect(message).toBe(sentence);
    expect(code).not.toBe('');
    if (/line \d/.test(sentence)) expect(`${line}`).toBe(/line (\d+)/.exec(sentence)?.[1]);
  });

  it('a file that is not there, and a directory', async () => {
    expect(await failureOf(join(folder, 'none.jsonl'))).toEqual({
      code: 'not-found',
      line: undefined,
      field: undefined,
      message: 'none.jsonl: there is no such file.',
    });
    const { code, message } = await failureOf(relative(process.cwd(), folder));
    expect(code).toBe('not-a-file');
    expect(message).toMatch(/: is a directory; name the file in it\.$/);
  });

  it('standard input is called by its name', async () => {
    const stdin = Readable.from([Buffer.from(header), Buffer.from('{"kay":1}\n')]);
    const { message } = await failureOf('-', { stdin });
    expect(message).toBe(
      'standard input line 2: `kay` is not a field of a record of a source of type kinesis; did you mean `key`?',
    );
  });

  it('an error in the middle of a long file comes when it is reached', async () => {
    const path = join(folder, 'long.jsonl');
    writeFileSync(path, `${header}${'{"key":"a","data":{"n":1}}\n'.repeat(50_000)}oops\n`);
    const { feed } = await openFixture(path);
    let records = 0;
    const reading = async () => {
      for (let chunk = await feed.next(); chunk !== undefined; chunk = await feed.next()) records += chunk.length;
    };
    await expect(reading()).rejects.toThrow('long.jsonl line 50002: the line is not JSON');
    expect(records).toBeGreaterThan(40_000);
  });
});
