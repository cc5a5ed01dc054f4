/** What holds the queues and the streams is away: who waits, who is refused, and what is done when it is back. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { expect, test } from 'vitest';
import { startStreams, textsOf } from './streamsSupport.ts';
import { errorCode, jsonRequest, makeQueue, queryRequest, send } from './support.ts';

/** A gateway over something that is away as long as the test likes; it has a queue and a stream. */
async function world() {
  const away = { is: false };
  const one = await startStreams({ isReached: () => !away.is });
  await one.kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  return { ...one, away, QueueUrl: await makeQueue(one.sqs, 'q') };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const putOf = (text: string) => ({
  headers: { 'x-amz-target': 'Kinesis_20131202.PutRecord', 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from(text).toString('base64') }),
});

/** Sends a request and gives it up. */
async function giveUp(url: string, { headers, body }: { headers: object; body: string }): Promise<void> {
  const request = fetch(url, { method: 'POST', headers: { ...headers }, body, signal: AbortSignal.timeout(100) });
  await expect(request).rejects.toThrow('timeout');
}

/** The same over HTTP/2. */
async function giveUpHttp2(url: string, { headers, body }: { headers: object; body: string }): Promise<void> {
  const client = connectHttp2(url);
  await once(client, 'connect');
  const stream = client.request({ ':method': 'POST', ':path': '/', ...headers });
  stream.on('error', () => {});
  stream.end(body);
  await pause(100);
  stream.close(8);
  await once(stream, 'close');
  client.destroy();
}

test('what clients have given up meanwhile is not done, and the others are answered', async () => {
  const { gateway, kinesis, sqs, away, QueueUrl } = await world();
  const message = (MessageBody: string) => jsonRequest('SendMessage', { QueueUrl, MessageBody });
  const large = 'x'.repeat(900_000);
  away.is = true;
  for (const text of ['given up', large]) {
    await giveUp(gateway.url, putOf(text));
    await giveUpHttp2(gateway.url, putOf(text));
    await giveUp(gateway.url, message(text) as { headers: object; body: string });
  }
  const waiting = [send(gateway.url, putOf('waited')), send(gateway.url, message('waited'))];
  await pause(100);
  away.is = false;
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await textsOf(kinesis, 's')).toEqual(['waited']);
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  expect(Messages!.map(({ Body }) => Body)).toEqual(['waited']);
});

test('after five seconds a request is refused, and nothing of it is done', async () => {
  const { gateway, kinesis, sqs, clock, away, QueueUrl } = await world();
  away.is = true;
  const fields = { Action: 'SendMessage', QueueUrl, MessageBody: 'x' };
  const waiting = [jsonRequest('SendMessage', { QueueUrl, MessageBody: 'x' }), queryRequest(fields), putOf('x')].map(
    (request) => send(gateway.url, request),
  );
  await pause(100);
  clock.push(4000);
  await pause(100);
  expect(await Promise.race([...waiting, 'none is answered'])).toBe('none is answered');
  clock.push(1000);
  const [json, query, put] = await Promise.all(waiting);
  expect([json!, query!].map((answer) => [answer.status, errorCode(answer)])).toEqual([
    [503, 'ServiceUnavailable'],
    [503, 'ServiceUnavailable'],
  ]);
  expect([put!.status, JSON.parse(put!.body)]).toEqual([
    503,
    {
      __type: expect.stringMatching(/ServiceUnavailableException$/),
      message: 'What the gateway stands on is away; nothing was done. Try again.',
    },
  ]);
  away.is = false;
  expect(await textsOf(kinesis, 's')).toEqual([]);
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
});
