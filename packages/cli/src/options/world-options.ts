/** The flags of `replay` that describe the world around the mapping: source, function, table columns. */
import { type Command, Option } from 'commander';
import { countingNumber, durationText, wholeNumber } from './values.ts';

export const sourceKinds = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const;

export interface WorldFlags {
  readonly source?: (typeof sourceKinds)[number];
  readonly name?: string;
  readonly handler?: string;
  readonly shards?: number;
  readonly partitions?: number;
  readonly consumer?: string;
  readonly viewType?: string;
  readonly retention?: string;
  readonly visibilityTimeout?: string;
  readonly delay?: string;
  readonly redriveMaxReceiveCount?: number;
  readonly redriveQueue?: string;
  readonly contentBasedDeduplication?: true;
  readonly speed?: string;
  readonly key?: string;
  readonly time?: string;
  readonly data?: string;
  readonly functionTimeout?: string;
  readonly duration?: string;
  readonly coldStart?: string;
  readonly reservedConcurrency?: number;
  readonly accountConcurrency?: number;
}

const sourceGroup = 'Source:';
const functionGroup = 'Function:';

export function addWorldOptions(command: Command): Command {
  addFixtureOptions(command);
  const inSource = (option: Option): Command => command.addOption(option.helpGroup(sourceGroup));
  inSource(new Option('--name <name>', 'name of the stream, queue, table or topic'));
  inSource(new Option('--shards <n>', 'kinesis and dynamodb').argParser(countingNumber));
  inSource(new Option('--partitions <n>', 'kafka').argParser(countingNumber));
  inSource(new Option('--consumer <name>', 'kinesis: an enhanced fan-out consumer'));
  inSource(new Option('--view-type <type>', 'dynamodb: which images the stream holds'));
  inSource(new Option('--retention <duration>', 'how long a record is kept').argParser(durationText));
  inSource(new Option('--visibility-timeout <duration>', 'sqs').argParser(durationText));
  inSource(new Option('--delay <duration>', 'sqs: how long a message is hidden at first').argParser(durationText));
  inSource(
    new Option('--redrive-max-receive-count <n>', 'sqs: receives before a message is dead-lettered').argParser(
      countingNumber,
    ),
  );
  inSource(new Option('--redrive-queue <name>', 'sqs: name of the dead-letter queue'));
  inSource(new Option('--content-based-deduplication', 'sqs-fifo'));
  return addFunctionOptions(command);
}

function addFixtureOptions(command: Command): void {
  const add = (option: Option): Command => command.addOption(option.helpGroup(sourceGroup));
  add(
    new Option('--source <kind>', 'what the records come from; may be left out when the fixture says so').choices(
      sourceKinds,
    ),
  );
  add(new Option('--speed <factor>', 'how many times faster than recorded, such as 10x'));
  add(new Option('--key <column>', 'plain rows: the column with the key'));
  add(new Option('--time <column>', 'plain rows: the column with the time'));
  add(new Option('--data <column>', 'plain rows: the column with the data; without it the whole row'));
}

function addFunctionOptions(command: Command): Command {
  const add = (option: Option): Command => command.addOption(option.helpGroup(functionGroup));
  add(new Option('--handler <file#export>', 'your code: ./handler.mjs#handler; without it every invocation succeeds'));
  add(new Option('--function-timeout <duration>', 'the function timeout (3s)').argParser(durationText));
  add(new Option('--duration <duration>', 'virtual duration of an invocation (10ms)').argParser(durationText));
  add(new Option('--cold-start <duration>', 'added when an environment starts (0ms)').argParser(durationText));
  add(new Option('--reserved-concurrency <n>', 'of the function').argParser(wholeNumber));
  return add(new Option('--account-concurrency <n>', "the region's pool (1000)").argParser(wholeNumber));
}
