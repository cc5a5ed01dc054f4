/**
 * Apache Kafka (KRaft), one broker or a small cluster, on Java and with the jars that Maven fetches.
 *
 * 1. Ready means: every process started here said that it started (its broker is registered then, and no longer fenced),
 *    and its PLAINTEXT port answers in Kafka's protocol.
 * 2. It never outlives its starter (process.mjs) and binds 127.0.0.1 only. Data and certificates stand in a folder that
 *    goes with it.
 * 3. A broker keeps its ports and its data over `kill` and `restart`. What was acknowledged is in its files by then: a
 *    kill -9 loses nothing, only the loss of the machine would.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureOpenssl, makeCertificates } from './certificates.mjs';
import { firstException, runProgram } from './commands.mjs';
import { ensureJars, jarsDir } from './jars.mjs';
import { findJava, smallJvmArgs } from './java.mjs';
import { defaultUsers, problemOfUsers, scramArgs, secureListeners, serverProperties } from './kafka-config.mjs';
import { ask, becomesReady, ComponentError, dropFolder, freePort, makeFolder, startProcess } from './process.mjs';

const jars = {
  name: 'kafka',
  title: 'Apache Kafka',
  pom: fileURLToPath(new URL('kafka/pom.xml', import.meta.url)),
  mainJar: 'kafka_2.13',
  sizeMb: 44,
};
const readyPatienceMs = 90_000;
const readyPollMs = 20;
/** Alone, a broker closes its files within a second. One that finds no controller any more would try for much longer. */
const stopGraceMs = 10_000;
const stopGraceInClusterMs = 1_000;
const portAttempts = 5;
const samePortPatienceMs = 10_000;
const logArgs = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

/** See kafka.d.mts. */
export async function ensureKafka(how) {
  return (await ensureJars(jars, how)) ?? ensureOpenssl(how);
}

/** ApiVersions, version 0, from a client without a name; the answer begins with its length and what stands for `MILL`. */
const question = '\0\0\0\x0a\0\x12\0\0MILL\0\0';

/** Whether a Kafka answers on a port of a machine, in clear text. */
export async function kafkaAnswers(port, host = '127.0.0.1') {
  const isComplete = (answer) => answer.length >= 8;
  return (await ask(port, question, isComplete, 1_000, host))?.slice(4, 8) === 'MILL';
}

function isPortTaken(server) {
  return /Address already in use|Failed to bind/.test(server.output());
}

/** One start of one broker. @returns its process, or undefined when one of its ports was taken by somebody else. */
async function startBroker(broker, { java, jvmArgs }) {
  const args = [...smallJvmArgs, ...logArgs, ...jvmArgs, '-cp', join(jarsDir(jars), '*')];
  const server = startProcess(java, [...args, 'kafka.Kafka', broker.propertiesFile], { cwd: broker.dir });
  let said = '';
  broker.server = server;
  const hasStarted = () => {
    said = said || (/Kafka Server started/.exec(server.output())?.[0] ?? '');
    return said !== '';
  };
  const isReady = async () => hasStarted() && (await kafkaAnswers(broker.ports.PLAINTEXT));
  if (await becomesReady(server, isReady, readyPatienceMs, readyPollMs)) return server;
  await server.kill();
  if (isPortTaken(server)) return undefined;
  throw new ComponentError(
    'KAFKA_NOT_READY',
    `broker ${broker.id} of Kafka did not become ready: ${firstException(server.output())}`,
  );
}

/** Ports that the caller wants, by listener. They are the first broker's; a wanted port is never replaced. */
function wantedPorts({ port, listenerPorts = {} }) {
  return port === undefined ? listenerPorts : { ...listenerPorts, PLAINTEXT: port };
}

/** Ports of one broker, none twice in its cluster. */
async function choosePorts(names, wanted, taken) {
  const ports = {};
  for (const name of names) {
    let port = wanted[name];
    while (port === undefined || (taken.has(port) && wanted[name] === undefined)) port = await freePort();
    taken.add(port);
    ports[name] = port;
  }
  return ports;
}

/** Folders, ports and formatted storage of all brokers. */
async function prepare(dir, java, options, tls) {
  const { brokers: count = 1, listeners = [], users = defaultUsers, properties = {} } = options;
  const clusterId = randomBytes(16).toString('base64url');
  const names = ['PLAINTEXT', ...listeners, 'CONTROLLER'];
  const wanted = wantedPorts(options);
  const taken = new Set(Object.values(wanted));
  const brokers = [];
  for (let id = 1; id <= count; id += 1) {
    const own = join(dir, `broker-${id}`);
    const ports = await choosePorts(names, id === 1 ? wanted : {}, taken);
    brokers.push({ id, ports, dir: own, dataDir: join(own, 'data'), propertiesFile: join(own, 'server.properties') });
  }
  const hasLogins = listeners.some((name) => name.startsWith('SASL_'));
  const format = async (broker) => {
    mkdirSync(broker.dir, { recursive: true });
    writeFileSync(broker.propertiesFile, serverProperties(broker, { brokers, users, tls, properties }), {
      mode: 0o600,
    });
    const tool = [...smallJvmArgs, '-cp', join(jarsDir(jars), '*'), 'kafka.tools.StorageTool', 'format'];
    // An id may begin with a dash, and would be taken for a flag if it stood by itself.
    const what = ['--ignore-formatted', `--cluster-id=${clusterId}`, '-c', broker.propertiesFile];
    const { code, output } = await runProgram(java, [...tool, ...what, ...(hasLogins ? scramArgs(users) : [])]);
    if (code !== 0)
      throw new ComponentError('KAFKA_NOT_READY', `Kafka refuses its properties: ${firstException(output)}`);
  };
  await Promise.all(brokers.map(format));
  return brokers;
}

async function endAll(brokers, graceMs) {
  await Promise.all(brokers.map(({ server }) => server?.end(graceMs)));
}

/** Starts all brokers on the ports chosen for them. @returns whether they run; false: a port was taken. */
async function startAll(brokers, how) {
  const started = await Promise.allSettled(brokers.map((broker) => startBroker(broker, how)));
  const failed = started.find(({ status }) => status === 'rejected');
  if (!failed && started.every(({ value }) => value !== undefined)) return true;
  await Promise.all(brokers.map(({ server }) => server?.kill()));
  if (failed) throw failed.reason;
  return false;
}

async function startSomewhere(dir, how, options, tls) {
  const wanted = Object.values(wantedPorts(options));
  const attempts = wanted.length === 0 ? portAttempts : 1;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const brokers = await prepare(join(dir, `attempt-${attempt}`), how.java, options, tls);
    if (await startAll(brokers, how)) return brokers;
  }
  throw new ComponentError(
    'KAFKA_PORT_TAKEN',
    `port ${wanted.join(' or ')} of 127.0.0.1 is taken by another program; choose another one.`,
  );
}

async function startAgain(broker, how) {
  const deadline = performance.now() + samePortPatienceMs;
  while (!(await startBroker(broker, how))) {
    if (performance.now() > deadline)
      throw new ComponentError(
        'KAFKA_PORT_TAKEN',
        `a port of broker ${broker.id} of Kafka was taken by another program while it was down.`,
      );
  }
}

function problemOf({ brokers = 1, listeners = [], users = defaultUsers }) {
  if (!Number.isInteger(brokers) || brokers < 1) return `brokers is a whole number from 1, not ${brokers}`;
  const unknown = listeners.find((name) => !secureListeners.includes(name));
  if (unknown) return `${unknown} is no listener that can be added; there are ${secureListeners.join(', ')}`;
  return problemOfUsers(users);
}

/** Starts a private Kafka; see kafka.d.mts for the shapes. */
export async function startKafka(options = {}) {
  const wrong = problemOf(options);
  if (wrong) throw new ComponentError('KAFKA_OPTIONS_INVALID', `Kafka cannot be started: ${wrong}.`);
  const missing = await ensureKafka({ say: options.say });
  if (missing) throw new ComponentError('KAFKA_MISSING', `Kafka cannot be started: ${missing}.`);
  const how = { java: await findJava(), jvmArgs: options.jvmArgs ?? [] };
  const dir = makeFolder('millrace-kafka-');
  try {
    const needsTls = options.listeners?.some((name) => name.endsWith('SSL'));
    const tls = needsTls ? await makeCertificates(options.tlsDir ?? join(dir, 'tls')) : undefined;
    return running(dir, await startSomewhere(dir, how, options, tls), how, options, tls);
  } catch (error) {
    dropFolder(dir);
    throw error;
  }
}

function running(dir, brokers, how, { listeners = [], users = defaultUsers }, tls) {
  const graceMs = brokers.length === 1 ? stopGraceMs : stopGraceInClusterMs;
  const at = (name) => brokers.map(({ ports }) => `127.0.0.1:${ports[name]}`);
  const brokerOf = (id) => {
    const broker = brokers.find((each) => each.id === id);
    if (!broker) throw new ComponentError('KAFKA_OPTIONS_INVALID', `there is no broker ${id} in this Kafka.`);
    return broker;
  };
  return {
    url: at('PLAINTEXT').join(','),
    brokers: at('PLAINTEXT'),
    port: brokers[0].ports.PLAINTEXT,
    endpoints: Object.fromEntries(['PLAINTEXT', ...listeners].map((name) => [name, at(name)])),
    users,
    tls,
    dir,
    get pids() {
      return brokers.map(({ server }) => server.pid);
    },
    /** Resolves when the first of the processes of this moment is gone. */
    get exited() {
      return Promise.race(brokers.map(({ server }) => server.exited));
    },
    isGone: (id) => (id === undefined ? brokers : [brokerOf(id)]).every(({ server }) => server.isGone()),
    async stop() {
      await endAll(brokers, graceMs);
      dropFolder(dir);
    },
    kill: (id = 1) => brokerOf(id).server.kill(),
    pause: (id = 1) => void brokerOf(id).server.signal('SIGSTOP'),
    resume: (id = 1) => void brokerOf(id).server.signal('SIGCONT'),
    async restart(id = 1) {
      const broker = brokerOf(id);
      await broker.server.end(stopGraceMs);
      await startAgain(broker, how);
    },
  };
}
