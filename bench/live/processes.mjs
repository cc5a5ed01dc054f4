/**
 * Processes under measure: `millrace up`, and the bare loops that it is compared with. Each can be asked how many records
 * it has done, and how much CPU it has used.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../packages/cli/bin/millrace.js', import.meta.url));
const HANDLER = fileURLToPath(new URL('handler.mjs', import.meta.url));
const TICKS_PER_SECOND = 100;

const environment = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  // The AWS SDK warns of Node 20 in each process.
  NODE_NO_WARNINGS: '1',
};

/** Seconds of CPU that a process has used so far, all of its threads. Linux only; NaN elsewhere. */
export function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

/** Ends it and waits until it is gone. */
async function end(child, gone) {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await gone;
  clearTimeout(late);
}

/** A script of bench/live/bare, with its settings as one JSON argument. It answers `count` with how many it has done. */
export async function startBare(name, settings, { flags = [] } = {}) {
  const file = fileURLToPath(new URL(`bare/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(settings)], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = ended(child);
  const answer = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      void gone.then((how) => reject(new Error(`bench/live/bare/${name}.mjs ended with ${how}`)));
    });
  const ready = await answer();
  return {
    pid: child.pid,
    ready,
    count: () => {
      child.send('count');
      return answer();
    },
    ask: (question) => {
      child.send(question);
      return answer();
    },
    stop: () => end(child, gone),
  };
}

let files = 0;

/** Writes a scenario as JSON, which is YAML too. */
export function writeScenario(folder, scenario) {
  files += 1;
  const file = join(folder, `scenario-${files}.yaml`);
  writeFileSync(file, JSON.stringify(scenario));
  return file;
}

/** The function of a scenario: one of handler.mjs. */
export function handlerOf(name) {
  return `${HANDLER}#${name}`;
}

/** `millrace up`, ready. `counted`: the metric that says how much it has done; records of streams and topics stay where they are. */
export async function startUp(
  scenarioFile,
  redisUrl,
  args = [],
  { flags = [], cwd, env = {}, counted = 'DeletedEventCount' } = {},
) {
  const beganMs = performance.now();
  const all = [...flags, CLI, 'up', scenarioFile, '--http-port', '0', ...args];
  const child = spawn(process.execPath, all, {
    cwd,
    env: { ...environment, ...env, REDIS_URL: redisUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = ended(child);
  let said = '';
  child.stderr.setEncoding('utf8');
  const http = await new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-20_000);
      const [, url] = /ready: .*metrics (\S+)\/metrics/.exec(said) ?? [];
      if (url) resolve(url);
    });
    void gone.then((how) => reject(new Error(`millrace up ended with ${how}: ${said}`)));
  });
  const readyMs = performance.now() - beganMs;
  const readyCpuMs = cpuSeconds(child.pid) * 1000;
  return {
    pid: child.pid,
    readyMs,
    readyCpuMs,
    said: () => said,
    count: () => counterOf(http, counted),
    counter: (name) => counterOf(http, name),
    stop: () => end(child, gone),
    kill: () => child.kill('SIGKILL'),
  };
}

async function counterOf(http, name) {
  const text = await (await fetch(`${http}/metrics`)).text();
  let sum = 0;
  for (const [, value] of text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)`, 'gm'))) sum += Number(value);
  return sum;
}
