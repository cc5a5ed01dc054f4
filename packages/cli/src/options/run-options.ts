/** The flags that `run`, `replay` and the report share. */
import { type Command, Option } from 'commander';
import { durationMs, patienceMs, seedNumber } from './values.ts';

export interface RunFlags {
  readonly json?: true;
  readonly summary?: true;
  readonly trace?: string;
  readonly events?: true;
  readonly seed?: number;
  /** Milliseconds. */
  readonly until?: number;
  /** Milliseconds of real time. */
  readonly patience?: number;
}

const group = 'Run and output:';

export function addRunOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print the result as JSON').helpGroup(group))
    .addOption(new Option('--summary', 'leave out timeline, invocations and records; for long runs').helpGroup(group))
    .addOption(new Option('--trace <file>', 'write every fact and order as a line of JSON').helpGroup(group))
    .addOption(new Option('--events', 'keep the exact payload of each invocation').helpGroup(group))
    .addOption(new Option('--seed <n>', 'instead of the seed of the file').argParser(seedNumber).helpGroup(group))
    .addOption(
      new Option('--until <duration>', 'stop at this virtual time, such as 1h').argParser(durationMs).helpGroup(group),
    )
    .addOption(
      new Option('--patience <duration>', 'real time that a handler gets to answer in (1m); then it has timed out')
        .argParser(patienceMs)
        .helpGroup(group),
    );
}
