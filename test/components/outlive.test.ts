/** infra/components/process.mjs, invariants 1 to 3: what was started never outlives its starter, and never keeps it alive. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeWith } from './available.ts';
import { isAlive, until } from './processes.ts';

const redisModule = fileURLToPath(new URL('../../infra/components/redis.mjs', import.meta.url));

interface Starter {
  readonly child: ChildProcess;
  readonly redisPid: number;
  readonly dir: string;
}

/** A process of its own that starts a Redis, says where, and goes on with `then`. */
async function starter(then: string): Promise<Starter> {
  const code = `
    import { startRedis } from ${JSON.stringify(redisModule)};
    const redis = await startRedis({ appendOnly: true });
    process.stdout.write(JSON.stringify({ redisPid: redis.pid, dir: redis.dir }) + '\\n');
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'ignore'] });
  let said = '';
  child.stdout?.on('data', (data) => {
    said += data;
  });
  await until('the starter said what it started', () => said.includes('\n'));
  return { child, ...(JSON.parse(said.split('\n')[0] ?? '') as { redisPid: number; dir: string }) };
}

async function expectAllGone({ child, redisPid, dir }: Starter) {
  await until('the starter ended', () => child.exitCode !== null || child.signalCode !== null);
  await until('Redis ended', () => !isAlive(redisPid));
  await until('the folder was removed', () => !existsSync(dir));
}

const wait = 'process.stdin.resume();';

describeWith(['redis'], 'a component', () => {
  test('ends with a starter that comes to its end, and does not keep it from that', async () => {
    const started = await starter('');
    await expectAllGone(started);
    expect(started.child.exitCode).toBe(0);
  });

  test('ends with a starter that exits', async () => {
    await expectAllGone(await starter('process.exit(3);'));
  });

  test('ends with a starter that throws', async () => {
    await expectAllGone(await starter('throw new Error();'));
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('ends with a starter that is ended by %s', async (signal) => {
    const started = await starter(wait);
    expect(isAlive(started.redisPid)).toBe(true);
    started.child.kill(signal);
    await expectAllGone(started);
  });

  test('ends with its killed starter even while it is paused', async () => {
    const started = await starter(`redis.pause(); ${wait}`);
    started.child.kill('SIGKILL');
    await expectAllGone(started);
  });

  test('leaves no folder when it was killed first and its starter after it', async () => {
    const started = await starter(`await redis.kill(); ${wait}`);
    await until('Redis was killed', () => !isAlive(started.redisPid));
    started.child.kill('SIGKILL');
    await expectAllGone(started);
  });
});
