/** The starter scenarios of `millrace init`, one per kind of source: each runs as it stands and shows a failure. */
import { dynamodbStarter } from './dynamodb.ts';
import { kafkaStarter } from './kafka.ts';
import { kinesisStarter } from './kinesis.ts';
import { fifoStarter, queueStarter } from './queues.ts';

const starters = {
  sqs: queueStarter,
  'sqs-fifo': fifoStarter,
  kinesis: kinesisStarter,
  dynamodb: dynamodbStarter,
  msk: kafkaStarter('msk'),
  'self-managed-kafka': kafkaStarter('self-managed-kafka'),
} as const;

export function starterScenario(kind: keyof typeof starters): string {
  const commands = [
    [`millrace run ${kind}.yaml`, 'timeline and summary'],
    [`millrace explain ${kind}.yaml bad`, 'why the record "bad" was delivered as it was'],
    ['millrace schema', 'all fields, for your editor'],
  ] as const;
  const columns = Math.max(...commands.map(([command]) => command.length));
  return [
    '# A Millrace scenario: what arrives when, what goes wrong, and what comes out. Durations need their unit.',
    ...commands.map(([command, what]) => `#   ${command.padEnd(columns)}    ${what}`),
    starters[kind],
  ].join('\n');
}
