/** infra/components/elasticmq.mjs: an SQS server that nobody here wrote, private or shared by a test run. */
import { describe, expect, test } from 'vitest';
import { answersHealth, ensureElasticMq, startElasticMq } from '../../infra/components/elasticmq.mjs';
import { isPortFree } from '../../infra/components/process.mjs';
import { describeWith, sharedElasticMq } from './available.ts';
import { isAlive } from './processes.ts';

/** One action in SQS's older protocol, which needs no client. */
async function query(url: string, parameters: Record<string, string>): Promise<string> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(parameters) });
  return answer.text();
}

function field(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

describeWith(['elasticmq'], 'a private ElasticMQ', () => {
  test('takes a message and gives it back, and is gone after stop', async () => {
    const { url, port, pid, stop } = await startElasticMq();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const queueUrl = field(await query(url, { Action: 'CreateQueue', QueueName: 'components-test' }), 'QueueUrl');
    expect(queueUrl).toMatch(new RegExp(`^${url}/\\d+/components-test$`));
    await query(queueUrl ?? '', { Action: 'SendMessage', MessageBody: 'a message' });
    expect(field(await query(queueUrl ?? '', { Action: 'ReceiveMessage' }), 'Body')).toBe('a message');
    await stop();
    await stop();
    expect(isAlive(pid)).toBe(false);
    expect(await isPortFree(port)).toBe(true);
  });

  test('refuses a port that another program has, in one sentence', async () => {
    const port = Number(new URL(await sharedElasticMq()).port);
    await expect(startElasticMq({ port })).rejects.toMatchObject({
      code: 'ELASTICMQ_PORT_TAKEN',
      message: `port ${port} of 127.0.0.1 is taken by another program; choose another one.`,
    });
  });
});

describeWith(['elasticmq'], 'the ElasticMQ of a test run', () => {
  test('is one for all who ask', async () => {
    const [first, second] = await Promise.all([sharedElasticMq(), sharedElasticMq()]);
    expect(second).toBe(first);
    expect(await answersHealth(Number(new URL(first).port))).toBe(true);
  });
});

describe('an ElasticMQ that cannot be had', () => {
  test('is one sentence that says what is missing and why it was not installed', async () => {
    const env = { PATH: '/nowhere', MILLRACE_INSTALL: 'never' };
    expect(await ensureElasticMq({ env })).toBe(
      'Java 17 or newer was not found, and MILLRACE_INSTALL=never forbids to install it',
    );
  });
});
