import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addRunOptions, type RunFlags } from '../options/run-options.ts';
import { execute } from './execute.ts';

const examples = `
Examples:
  millrace run orders.yaml                      timeline, discards, summary
  millrace run orders.yaml --json > out.json    the whole result
  millrace run orders.yaml --trace orders.jsonl and then: millrace explain orders.jsonl bad
  millrace run orders.yaml --seed 42 --until 1h another world, and only its first hour
  millrace run big.yaml --summary               counts only, in little memory

Exit status: 0 as expected; 1 an expectation or an invariant broke; 2 the file or its mapping was refused.`;

export function addRun(program: Command, context: Context, exit: (code: number) => void): void {
  const command = program
    .command('run')
    .summary('run a scenario in virtual time')
    .description('Runs a scenario file (YAML or JSON) in virtual time and shows what happened.')
    .argument('<scenario>', 'the scenario file')
    .addHelpText('after', examples);
  addRunOptions(command).action(async (file: string, flags: RunFlags) => {
    exit(await execute(context, await context.engine.load(file), flags));
  });
}
