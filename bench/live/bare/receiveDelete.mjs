/** What anyone could write: loops of ReceiveMessage and DeleteMessageBatch with the AWS SDK, and nothing between. */
import { sqs, sqsClient } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { endpoint, queueUrl: QueueUrl, loops, attributes } = settings;
const client = sqsClient(endpoint);
const asked = attributes ? { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] } : {};
let done = 0;

async function loop() {
  for (;;) {
    const { Messages = [] } = await client.send(
      new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, ...asked }),
    );
    if (Messages.length === 0) continue;
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries }));
    done += Messages.length;
  }
}

for (let index = 0; index < loops; index += 1) void loop();
report(() => done);
