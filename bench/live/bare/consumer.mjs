/** `sqs-consumer`, from the folder that it was installed in for this bench, with a handler that does nothing. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sqsClient } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { endpoint, queueUrl, consumers, folder } = settings;
const require = createRequire(join(folder, 'package.json'));
const { Consumer } = require('sqs-consumer');
const client = sqsClient(endpoint, require('@aws-sdk/client-sqs').SQSClient);
let done = 0;

// Its events come once for each message; one look at each delete costs it less.
const send = client.send.bind(client);
client.send = (command, options) => {
  const answer = send(command, options);
  if (command.input.Entries) answer.then(() => (done += command.input.Entries.length));
  return answer;
};

for (let index = 0; index < consumers; index += 1) {
  const consumer = Consumer.create({
    queueUrl,
    sqs: client,
    batchSize: 10,
    messageSystemAttributeNames: ['All'],
    messageAttributeNames: ['All'],
    handleMessageBatch: async (messages) => messages,
  });
  consumer.on('error', (error) => console.error(error.message));
  consumer.start();
}
report(() => done);
