/**
 * What a broker is told: its server.properties, and who its users are.
 *
 * 1. Every listener binds 127.0.0.1 and is called by its protocol. PLAINTEXT is always there: brokers talk to each other
 *    over it, and a test looks in through it when it tests another listener.
 * 2. Each broker is a controller as well, so a cluster of three bears the loss of one.
 * 3. Nobody waits for what only a large cluster needs: the first rebalance starts at once, a dead broker is noticed within
 *    seconds, internal topics have few partitions, retention looks soon after the start.
 */

/** Listeners beside PLAINTEXT, by what a client has to bring. */
export const secureListeners = ['SASL_PLAINTEXT', 'SASL_SSL', 'SSL'];

/** Who may log in where no users are named. For tests on 127.0.0.1: these are no secrets. */
export const defaultUsers = [{ name: 'millrace', password: 'millrace-secret' }];

const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const mechanisms = ['PLAIN', ...scramMechanisms];
const login = 'org.apache.kafka.common.security';

/** Names and passwords stand in files and arguments whose quoting is not worth testing here. */
export function problemOfUsers(users) {
  const bad = users.find(({ name, password }) => !/^[\w.-]+$/.test(name) || !/^[\w.!+-]+$/.test(password));
  return bad && `the user ${bad.name} has a name or password with characters other than letters, digits and _.-!+`;
}

/** The arguments of StorageTool that make the users for SCRAM; those for PLAIN stand in the properties. */
export function scramArgs(users) {
  return users.flatMap(({ name, password }) =>
    scramMechanisms.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );
}

function saslProperties(listener, users) {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  const plainUsers = users.map(({ name, password }) => ` user_${name}="${password}"`).join('');
  const jaas = { PLAIN: `${login}.plain.PlainLoginModule required${plainUsers};` };
  for (const mechanism of scramMechanisms) jaas[mechanism] = `${login}.scram.ScramLoginModule required;`;
  return Object.fromEntries([
    [`${prefix}.sasl.enabled.mechanisms`, mechanisms.join(',')],
    ...mechanisms.map((mechanism) => [`${prefix}.${mechanism.toLowerCase()}.sasl.jaas.config`, jaas[mechanism]]),
  ]);
}

function tlsProperties(listener, tls) {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  return {
    [`${prefix}.ssl.keystore.type`]: 'PEM',
    [`${prefix}.ssl.keystore.location`]: tls.serverFile,
    [`${prefix}.ssl.truststore.type`]: 'PEM',
    [`${prefix}.ssl.truststore.location`]: tls.caFile,
    [`${prefix}.ssl.client.auth`]: listener === 'SSL' ? 'required' : 'none',
  };
}

function listenerProperties(broker, { users, tls }) {
  const names = Object.keys(broker.ports).filter((name) => name !== 'CONTROLLER');
  const at = (name) => `${name}://127.0.0.1:${broker.ports[name]}`;
  return {
    listeners: [...names, 'CONTROLLER'].map(at).join(','),
    'advertised.listeners': names.map(at).join(','),
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...names.map((name) => `${name}:${name}`)].join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    ...Object.assign(
      {},
      ...names.filter((name) => name.startsWith('SASL_')).map((name) => saslProperties(name, users)),
    ),
    ...Object.assign({}, ...names.filter((name) => name.endsWith('SSL')).map((name) => tlsProperties(name, tls))),
  };
}

function clusterProperties(brokers) {
  const copies = Math.min(3, brokers.length);
  const copiesToWriteTo = Math.max(1, copies - 1);
  return {
    'controller.quorum.voters': brokers.map(({ id, ports }) => `${id}@127.0.0.1:${ports.CONTROLLER}`).join(','),
    'default.replication.factor': copies,
    'min.insync.replicas': copiesToWriteTo,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': copiesToWriteTo,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': copiesToWriteTo,
    'share.coordinator.state.topic.num.partitions': 4,
  };
}

const haste = {
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 500,
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  'log.initial.task.delay.ms': 500,
};

/** Kafka would set 128 MB aside for it, half of the heap. */
const small = { 'log.cleaner.dedupe.buffer.size': 4 << 20 };

/**
 * The text of a broker's server.properties.
 * @param broker `{ id, ports, dataDir }`, one of `cluster.brokers`.
 * @param cluster `{ brokers, users, tls, properties }`; `properties` win over all others.
 */
export function serverProperties(broker, cluster) {
  const all = {
    'process.roles': 'broker,controller',
    'node.id': broker.id,
    'log.dirs': broker.dataDir,
    ...listenerProperties(broker, cluster),
    ...clusterProperties(cluster.brokers),
    ...haste,
    ...small,
    ...cluster.properties,
  };
  const line = ([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`;
  return Object.entries(all).map(line).join('');
}
