import type { Command } from 'commander';
import { type Context, printLines } from '../context.ts';
import { exitCodes } from '../errors.ts';

const examples = `
Examples:
  millrace schema > scenario.schema.json
  and as the first line of a scenario, for editors with the YAML language server:
  # yaml-language-server: $schema=./scenario.schema.json`;

export function addSchema(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command('schema')
    .summary('print the JSON Schema of the scenario file')
    .description('Prints the JSON Schema of the scenario file, for editors and checks.')
    .addHelpText('after', examples)
    .action(async () => {
      await printLines(context, [JSON.stringify(context.engine.schema, null, 2)]);
      exit(exitCodes.ok);
    });
}
