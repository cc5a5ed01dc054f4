/** A second client that nobody here wrote: boto3, over both protocols, with every operation. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pythonWithBoto3 } from '../../../infra/components/boto3.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { startWorld } from './support.ts';

const script = fileURLToPath(new URL('boto3/every_operation.py', import.meta.url));

async function runPython(protocol: 'json' | 'query', endpoint: string) {
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
  test.each(['json', 'query'] as const)('calls every operation in the %s protocol', async (protocol) => {
    const { gateway } = await startWorld();
    const { out, problems } = await runPython(protocol, gateway.url);
    expect(problems).toBe('');
    expect(JSON.parse(out)).toEqual({ protocol, missing: [] });
  });
});
