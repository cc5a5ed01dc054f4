/**
 * SNS and S3: what the real SDK sends to a server, and what is made of its answers. No server of SNS or S3 that somebody else
 * wrote is among the components; these are small fakes, and what they check is what AWS documents of the request.
 */
import type { ServerResponse } from 'node:http';
import type { Destination } from '@millrace/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { s3Destination, snsDestination, sqsDestination } from '../src/index.ts';
import { type Asked, DOCUMENT, type FakeServer, failureOf, s3, sns, sqs, startFakeServer } from './support.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:failures';
const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>';

let server: FakeServer;
let answer: (response: ServerResponse, asked: Asked) => void;
const destinations: Destination[] = [];
const before = { ...process.env };

beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  // Nobody's own profile decides what this test sees.
  Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  answer = (response) => response.end();
  server = await startFakeServer((response, asked) => answer(response, asked));
});

afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.close();
  await server.close();
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, before);
});

function opened(destination: Destination): Destination {
  destinations.push(destination);
  return destination;
}

const snsError = (status: number, code: string, message: string) => (response: ServerResponse) => {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`);
};

describe('SNS', () => {
  test('Publish: the message is the document', async () => {
    answer = (response) => response.writeHead(200, { 'content-type': 'text/xml' }).end(PUBLISHED);
    await opened(snsDestination({ endpoint: server.url })).deliver(sns());
    expect(server.asked).toHaveLength(1);
    const [{ method, url, headers, body }] = server.asked as [Asked];
    expect({ method, url }).toEqual({ method: 'POST', url: '/' });
    const sent = Object.fromEntries(new URLSearchParams(body));
    expect(sent).toEqual({ Action: 'Publish', Version: '2010-03-31', TopicArn: TOPIC, Message: DOCUMENT });
    expect(headers.authorization).toContain('/eu-west-1/sns/aws4_request');
  });

  test('a FIFO topic is refused without asking', async () => {
    const destination = opened(snsDestination({ endpoint: server.url }));
    expect(await failureOf(destination.deliver(sns(`${TOPIC}.fifo`)))).toEqual({
      message: `A FIFO topic is no on-failure destination: take a standard topic instead of ${TOPIC}.fifo.`,
      code: 'DELIVERY_REFUSED',
    });
    expect(server.asked).toEqual([]);
  });

  test.each([
    [404, 'NotFound', 'Topic does not exist', `There is no topic ${TOPIC}.`],
    [
      403,
      'AuthorizationError',
      'User: arn:aws:iam::1:user/secret is not authorized',
      `Access to the topic ${TOPIC} was denied (AuthorizationErrorException): allow sns:Publish.`,
    ],
    [
      403,
      'InvalidClientTokenId',
      'The token AKIAIOSFODNN7EXAMPLE is bad',
      `The AWS credentials were refused for the topic ${TOPIC} (InvalidClientTokenId).`,
    ],
    [
      400,
      'InvalidParameter',
      'Message too long for AKIAIOSFODNN7EXAMPLE\nhost:secret',
      `The topic ${TOPIC} did not take it: InvalidParameterException, Message too long for AKIA…`,
    ],
  ])('%i %s', async (status, code, message, sentence) => {
    answer = snsError(status, code, message);
    const failure = await failureOf(opened(snsDestination({ endpoint: server.url })).deliver(sns()));
    expect(failure).toEqual({ message: sentence, code: 'DELIVERY_FAILED' });
  });
});

describe('S3', () => {
  test('PutObject: the bucket in the path, the key as it is, the body as it is', async () => {
    const body = JSON.stringify({ version: '1.0', payload: JSON.stringify({ Records: ['ä'.repeat(1_500_000)] }) });
    await opened(s3Destination({ endpoint: server.url })).deliver(s3(body));
    expect(server.asked).toHaveLength(1);
    const [asked] = server.asked as [Asked];
    expect({ method: asked.method, path: new URL(asked.url, server.url).pathname }).toEqual({
      method: 'PUT',
      path: '/failed-batches/aws/lambda/u/shardId-0/2025/11/25/2025-11-25T16.35.32-x',
    });
    expect(asked.body === body).toBe(true);
    expect(Number(asked.headers['content-length'])).toBe(Buffer.byteLength(body));
    expect(asked.headers.authorization).toContain('/us-east-1/s3/aws4_request');
    expect(Object.keys(asked.headers).filter((name) => name.includes('checksum'))).toEqual([]);
  });

  test('a bucket that is not there, and one that is not ours', async () => {
    const destination = opened(s3Destination({ endpoint: server.url, region: 'eu-west-1' }));
    const refuse = (status: number, code: string) => {
      answer = (response) => response.writeHead(status).end(`<Error><Code>${code}</Code><Message>x</Message></Error>`);
      return failureOf(destination.deliver(s3('{}')));
    };
    expect((await refuse(404, 'NoSuchBucket')).message).toBe('There is no bucket arn:aws:s3:::failed-batches.');
    expect((await refuse(403, 'AccessDenied')).message).toBe(
      'Access to the bucket arn:aws:s3:::failed-batches was denied (AccessDenied): allow s3:PutObject.',
    );
    expect(server.asked[0]?.headers.authorization).toContain('/eu-west-1/s3/aws4_request');
  });

  test('takes objects only', async () => {
    const { destination } = s3('{}');
    const document = { ...sns(), destination };
    expect((await failureOf(opened(s3Destination({ endpoint: server.url })).deliver(document))).code).toBe(
      'DELIVERY_REFUSED',
    );
    expect(server.asked).toEqual([]);
  });
});

describe('endpoints and credentials', () => {
  test.each([['AWS_ENDPOINT_URL'], ['AWS_ENDPOINT_URL_S3']])(
    '%s is an endpoint, with the bucket in the path',
    async (name) => {
      // Of an address the SDK never makes a host name for the bucket; of a name it would.
      process.env[name] = server.url.replace('127.0.0.1', 'localhost');
      await opened(s3Destination()).deliver(s3('{}'));
      expect(server.asked[0]?.url).toMatch(/^\/failed-batches\/aws\/lambda\//);
    },
  );

  test('credentials of the environment are used, at local endpoints too', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    answer = (response) => response.writeHead(200).end(PUBLISHED);
    await opened(snsDestination({ endpoint: server.url })).deliver(sns());
    expect(server.asked[0]?.headers.authorization).toContain('Credential=AKIDEXAMPLE/');
  });

  test('nobody there', async () => {
    await server.close();
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:q';
    const [ofSns, ofS3, ofSqs] = await Promise.all([
      failureOf(opened(snsDestination({ endpoint: server.url })).deliver(sns())),
      failureOf(opened(s3Destination({ endpoint: server.url })).deliver(s3('{}'))),
      failureOf(opened(sqsDestination({ endpoint: server.url })).deliver(sqs(queue))),
    ]);
    expect(ofSns.message).toBe(`The topic ${TOPIC} cannot be reached (ECONNREFUSED).`);
    expect(ofS3.message).toBe('The bucket arn:aws:s3:::failed-batches cannot be reached (ECONNREFUSED).');
    expect(ofSqs.message).toBe(`The queue ${queue} cannot be reached (ECONNREFUSED).`);
    expect(ofSns.code).toBe('DELIVERY_FAILED');
  });

  test('somebody who never answers', async () => {
    answer = () => {};
    const options = { endpoint: server.url, timeoutMs: 300 };
    const beganMs = performance.now();
    const failures = await Promise.all([
      failureOf(opened(snsDestination(options)).deliver(sns())),
      failureOf(opened(s3Destination(options)).deliver(s3('{}'))),
      failureOf(opened(sqsDestination(options)).deliver(sqs('arn:aws:sqs:eu-west-1:123456789012:q'))),
    ]);
    for (const { message } of failures) expect(message).toMatch(/ did not answer within 0\.3 s\.$/);
    expect(performance.now() - beganMs).toBeLessThan(5000);
  });

  test('what is no ARN of the service is refused', async () => {
    for (const arn of ['q', 'arn:aws:sns:eu-west-1:123456789012:q', 'arn:aws:sqs:eu-west-1:123456789012:']) {
      const failure = await failureOf(opened(sqsDestination({ endpoint: server.url })).deliver(sqs(arn)));
      expect(failure).toEqual({ message: `${arn} is not the ARN of an SQS destination.`, code: 'DELIVERY_REFUSED' });
    }
  });
});
