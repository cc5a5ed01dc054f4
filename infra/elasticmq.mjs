#!/usr/bin/env node
/** ElasticMQ for a person: `node infra/elasticmq.mjs`, then AWS_ENDPOINT_URL_SQS=http://127.0.0.1:9324 for any SQS client. */
import { answersHealth, ensureElasticMq, startElasticMq } from './components/elasticmq.mjs';
import { runInForeground } from './components/foreground.mjs';

const help = `node infra/elasticmq.mjs [--port 9324]

Starts ElasticMQ, an SQS server, on 127.0.0.1 and stops it on Ctrl-C. Fetches its jars through Maven once, and installs
Java and Maven where that is allowed (root on Debian or Ubuntu, Homebrew; MILLRACE_INSTALL=never forbids it). Does nothing
when one answers on the port already.`;

await runInForeground({
  name: 'ElasticMQ',
  defaultPort: 9324,
  options: {},
  help,
  url: (port) => `http://127.0.0.1:${port}`,
  answers: answersHealth,
  ensure: ensureElasticMq,
  start: ({ port }) => startElasticMq({ port }),
});
