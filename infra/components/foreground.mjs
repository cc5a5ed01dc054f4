/** What `node infra/redis.mjs` and its neighbours share: one component, in the foreground, for a person. */
import { parseArgs } from 'node:util';
import { ComponentError } from './process.mjs';

function readOptions({ name, defaultPort, options }) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, help: { type: 'boolean' }, ...options } });
  const port = values.port === undefined ? defaultPort : Number(values.port);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return { ...values, port };
  throw new ComponentError('PORT_INVALID', `--port of ${name} is a number from 1 to 65535, not ${values.port}.`);
}

function nextSignal() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
}

/** Stays until a signal comes or the component ends by itself. @returns whether it was the component. */
async function watch(running, signalled) {
  // Neither a signal handler nor the component's process holds the event loop.
  const keepAlive = setInterval(() => {}, 60_000);
  await Promise.race([signalled, running.exited]);
  clearInterval(keepAlive);
  return running.isGone();
}

async function serve(component, options) {
  const problem = await component.ensure({ say: console.log });
  if (problem) throw new ComponentError('COMPONENT_MISSING', problem);
  const signalled = nextSignal();
  const running = await component.start(options);
  console.log(`${component.name} is ready: ${running.url} (Ctrl-C stops it)`);
  for (const line of component.more?.(running) ?? []) console.log(line);
  const endedAlone = await watch(running, signalled);
  await running.stop();
  console.log(endedAlone ? `${component.name} ended by itself.` : `${component.name} is stopped.`);
  return endedAlone ? 1 : 0;
}

async function run(component) {
  const options = readOptions(component);
  if (options.help) {
    console.log(component.help);
    return 0;
  }
  const url = component.url(options.port);
  if (await component.answers(options.port)) {
    console.log(`${component.name} answers already: ${url}`);
    return 0;
  }
  return serve(component, options);
}

/** Runs the component and ends this process: 0 when it answers already or was stopped, 1 with one sentence otherwise. */
export async function runInForeground(component) {
  try {
    process.exitCode = await run(component);
  } catch (error) {
    console.error(error.code ? error.message : error);
    process.exitCode = 1;
  }
}
