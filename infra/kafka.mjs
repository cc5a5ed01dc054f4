#!/usr/bin/env node
/** Apache Kafka for a person: `node infra/kafka.mjs`, then KAFKA_BROKERS=127.0.0.1:9092 for Millrace and any Kafka client. */
import { resolve } from 'node:path';
import { runInForeground } from './components/foreground.mjs';
import { ensureKafka, kafkaAnswers, startKafka } from './components/kafka.mjs';

const help = `node infra/kafka.mjs [--port 9092] [--secure FOLDER]

Starts Apache Kafka, one broker, on 127.0.0.1 and stops it on Ctrl-C; its data goes with it. Fetches its jars through
Maven once, and installs Java and Maven where that is allowed (root on Debian or Ubuntu, Homebrew; MILLRACE_INSTALL=never
forbids it). Does nothing when one answers on the port already.
--secure FOLDER   listens on the next three ports as well: with a login (SASL_PLAINTEXT), with a login over TLS (SASL_SSL),
                  with a client certificate (SSL). Certificates for clients are written to that folder. Log in by PLAIN,
                  SCRAM-SHA-256 or SCRAM-SHA-512 as millrace with the password millrace-secret.`;

const secure = ['SASL_PLAINTEXT', 'SASL_SSL', 'SSL'];

function optionsOf({ port, secure: tlsDir }) {
  if (tlsDir === undefined) return { port };
  const listenerPorts = Object.fromEntries(secure.map((name, index) => [name, port + 1 + index]));
  return { port, listeners: secure, listenerPorts, tlsDir: resolve(tlsDir) };
}

function more({ endpoints, tls }) {
  const lines = secure.filter((name) => endpoints[name]).map((name) => `  ${name}: ${endpoints[name].join(',')}`);
  return tls ? [...lines, `  certificates: ${tls.caFile}, ${tls.certFile}, ${tls.keyFile}`] : lines;
}

await runInForeground({
  name: 'Kafka',
  defaultPort: 9092,
  options: { secure: { type: 'string' } },
  help,
  url: (port) => `127.0.0.1:${port}`,
  answers: kafkaAnswers,
  ensure: ensureKafka,
  start: (options) => startKafka(optionsOf(options)),
  more,
});
