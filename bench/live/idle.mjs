/** (e) What `millrace up` costs when there is nothing to do, and how soon it is ready on a Redis that runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../infra/components/redis.mjs';
import { cpuSeconds, handlerOf, startUp, writeScenario } from './processes.mjs';
import { limitRow, load, median, row } from './table.mjs';

const MAPPINGS = 10;
const SETTLES_MS = 3000;

const scenarioOf = (mappings) => {
  const names = Array.from({ length: mappings }, (_, index) => `idle-${index}`);
  return {
    scenario: 'idle',
    sources: names.map((name) => ({ type: 'sqs', name })),
    functions: [{ name: 'nothing', handler: handlerOf('nothing') }],
    mappings: names.map((name) => ({ source: name, function: 'nothing', parameters: { BatchSize: 10 } })),
  };
};

export async function idle({ folder, messages: seconds }) {
  const redis = await startRedis();
  const up = await startUp(writeScenario(folder, scenarioOf(MAPPINGS)), redis.url, ['--sqs-port', '0']);
  try {
    await sleep(SETTLES_MS);
    const before = [up.pid, redis.pid].map(cpuSeconds);
    await sleep(seconds * 1000);
    const share = [up.pid, redis.pid].map((pid, index) => ((cpuSeconds(pid) - before[index]) * 100) / seconds);
    limitRow(`CPU of ${MAPPINGS} idle mappings`, [share[0]], '% of a core', 2);
    row('… and of their Redis', `${share[1].toFixed(2).padStart(8)} % of a core`);
    row('', load());
  } finally {
    await up.stop();
    await redis.stop();
  }
}

export async function startUpTime({ folder, rounds }) {
  const redis = await startRedis();
  const file = writeScenario(folder, scenarioOf(1));
  const times = [];
  const cpu = [];
  try {
    // The first reads its files from the disk.
    for (let round = 0; round <= rounds; round += 1) {
      const up = await startUp(file, redis.url, ['--sqs-port', '0']);
      if (round > 0) {
        times.push(up.readyMs / 1000);
        cpu.push(up.readyCpuMs);
      }
      await up.stop();
    }
  } finally {
    await redis.stop();
  }
  limitRow('from the command to ready', times, 's', 1);
  row('… CPU of that', `${median(cpu).toFixed(0).padStart(8)} ms`);
  row('', `(rounds: ${times.map((time) => time.toFixed(2)).join(' ')}) ${load()}`);
}
