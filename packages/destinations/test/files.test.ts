/** Files instead of destinations, and which destination is taken for what. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { memoryQueues } from '@millrace/runtime';
import type { FailureDestination } from '@millrace/semantics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allDestinations, destinationFor, fileDestination } from '../src/index.ts';
import { DOCUMENT, delivery, failureOf, s3, sns, sqs } from './support.ts';

let folder = '';
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:q';
const TOPIC: FailureDestination = { kind: 'kafka', arn: 'kafka://failures' };
const MESSAGES = {
  kind: 'messages',
  messages: [
    { key: 'a2V5', value: '{ "a": 1 }' },
    { key: null, value: 'no JSON\n' },
  ],
} as const;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-destinations-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () => readFileSync(join(folder, 'f4e8a3c0-1.jsonl'), 'utf8').split('\n');

test.each([
  ['a path', () => folder],
  ['a file URL', () => pathToFileURL(folder).href],
  ['a relative folder', () => `file:${relative(process.cwd(), folder)}`],
])('%s: documents are lines of one file, whatever their layout', async (_what, given) => {
  const destination = fileDestination({ folder: given() });
  await destination.deliver(sqs(QUEUE));
  const body = JSON.stringify(JSON.parse(DOCUMENT), undefined, 2);
  await destination.deliver(delivery({ kind: 'sns', arn: 'x' }, { kind: 'document', body }));
  expect(lines()).toEqual([DOCUMENT, DOCUMENT, '']);
});

test('messages are lines with their keys', async () => {
  await fileDestination({ folder }).deliver(delivery(TOPIC, MESSAGES));
  expect(lines()).toEqual(['{"key":"a2V5","value":{"a":1}}', '{"key":null,"value":"no JSON\\n"}', '']);
});

test('objects are files under their key, and nothing else', async () => {
  await fileDestination({ folder }).deliver(s3('{"payload":"{}"}', 'aws/lambda/u/s/2025/11/25/x'));
  expect(readFileSync(join(folder, 'aws/lambda/u/s/2025/11/25/x'), 'utf8')).toBe('{"payload":"{}"}');
  expect(readdirSync(join(folder, 'aws/lambda/u/s/2025/11/25'))).toEqual(['x']);
});

test('many documents at once are all there', async () => {
  const destination = fileDestination({ folder });
  await Promise.all(Array.from({ length: 100 }, () => destination.deliver(sqs(QUEUE))));
  expect(lines()).toEqual([...Array.from({ length: 100 }, () => DOCUMENT), '']);
});

test.each(['../out', '/etc/out', 'a/../../out'])('nothing is written outside the folder: %s', async (key) => {
  const { code, message } = await failureOf(fileDestination({ folder }).deliver(s3('{}', key)));
  expect(code).toBe('DELIVERY_REFUSED');
  expect(message).toBe(`${key} would be written outside ${folder}.`);
  const dotted = { ...sqs(QUEUE), mapping: '../out' };
  await fileDestination({ folder }).deliver(dotted);
  expect(readdirSync(folder)).toEqual(['.._out.jsonl']);
});

test('a folder that cannot be written is named', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { message, code } = await failureOf(fileDestination({ folder: join(folder, 'file') }).deliver(sqs(QUEUE)));
  expect({ message, code }).toEqual({
    message: `${join(folder, 'file', 'f4e8a3c0-1.jsonl')} cannot be written (EEXIST).`,
    code: 'DELIVERY_FAILED',
  });
});

test('a folder stands for every destination, a file: ARN for itself', async () => {
  const all = allDestinations({ folder });
  for (const each of [sqs(QUEUE), sns(), delivery(TOPIC, MESSAGES)]) await all.deliver(each);
  await all.deliver(s3('{}', 'key'));
  expect(lines()).toHaveLength(5);
  expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('{}');
  const two = [join(folder, 'one'), join(folder, 'two')].map((path) => pathToFileURL(path).href);
  const own = allDestinations();
  for (const arn of two) await own.deliver(delivery({ kind: 'sqs', arn }));
  expect(readdirSync(folder).sort()).toEqual(['f4e8a3c0-1.jsonl', 'key', 'one', 'two']);
});

test('queues of a substrate are taken where there is one, and kinds are told apart', async () => {
  const queues = memoryQueues();
  const all = allDestinations({ queues, endpoint: 'http://127.0.0.1:1', region: 'us-east-1' });
  expect((await failureOf(all.deliver(sqs(QUEUE)))).message).toBe(`There is no queue ${QUEUE}.`);
  expect((await failureOf(all.deliver(sns()))).message).toMatch(/^The topic .* cannot be reached \(ECONNREFUSED\)\.$/);
  expect((await failureOf(all.deliver(s3('{}')))).message).toMatch(/^The bucket .* cannot be reached/);
  await all.close();
});

test('a topic of a cluster that nobody knows', async () => {
  const sentence = 'No brokers are known for kafka://failures: say which cluster the mapping reads.';
  expect(() => destinationFor(TOPIC)).toThrow(sentence);
  const all = allDestinations({ kafka: () => undefined });
  expect(await failureOf(all.deliver(delivery(TOPIC, MESSAGES)))).toEqual({
    message: sentence,
    code: 'DELIVERY_REFUSED',
  });
});
