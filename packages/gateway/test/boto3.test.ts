/** A second client that nobody here wrote: boto3, over both protocols of SQS, and Kinesis and DynamoDB Streams. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pythonWithBoto3 } from '../../../infra/components/boto3.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { makeTableStream, putChange, startStreams } from './streamsSupport.ts';
import { startWorld } from './support.ts';

async function runPython(name: string, protocol: 'json' | 'query', endpoint: string) {
  const script = fileURLToPath(new URL(`boto3/${name}`, import.meta.url));
  const { python, env } = pythonWithBoto3(protocol);
  const child = spawn(python!, ['-W', 'ignore', script], {
    env: { ...env, MILLRACE_ENDPOINT: endpoint, AWS_CONFIG_FILE: '/dev/null', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
  });
  const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { out, problems };
}

describeWith(['python3', 'boto3'], 'boto3', () => {
  test.each(['json', 'query'] as const)('calls every operation of SQS in the %s protocol', async (protocol) => {
    const { gateway } = await startWorld();
    const { out, problems } = await runPython('every_operation.py', protocol, gateway.url);
    expect(problems).toBe('');
    expect(JSON.parse(out)).toEqual({ protocol, missing: [] });
  });

  test('calls Kinesis and DynamoDB Streams', async () => {
    const world = await startStreams();
    await makeTableStream(world, 'orders');
    const keys = { id: { S: '1' } };
    const image = { ...keys, blob: { B: 'AP8=' } };
    await putChange(world.streams, 'orders', { op: 'INSERT', keys, newImage: image });
    await putChange(world.streams, 'orders', { op: 'MODIFY', keys, newImage: keys, oldImage: image });
    await putChange(world.streams, 'orders', { op: 'REMOVE', keys, oldImage: keys, ttl: true });
    const { out, problems } = await runPython('streams.py', 'json', world.gateway.url);
    expect(problems).toBe('');
    const { kinesis, dynamodbstreams } = JSON.parse(out);
    expect(dynamodbstreams).toEqual([]);
    expect(kinesis).toMatchInlineSnapshot(`
      [
        "CreateChannel",
        "DeleteChannel",
        "DeleteResourcePolicy",
        "DescribeAccountSettings",
        "DescribeChannel",
        "DescribeLimits",
        "DisableEnhancedMonitoring",
        "EnableEnhancedMonitoring",
        "GetResourcePolicy",
        "ListChannels",
        "ListTagsForResource",
        "PutResourcePolicy",
        "StartStreamEncryption",
        "StopStreamEncryption",
        "TagResource",
        "UntagResource",
        "UpdateAccountSettings",
        "UpdateChannel",
        "UpdateMaxRecordSize",
        "UpdateStreamRecordDistributionStrategy",
        "UpdateStreamWarmThroughput",
      ]
    `);
  });
});
