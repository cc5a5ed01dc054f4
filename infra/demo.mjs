/** The demo: real flights through a Kinesis mapping, and then what to try next. Says nothing that `millrace` can say. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const millrace = join(root, 'packages', 'cli', 'bin', 'millrace.js');

const intro = `
3,000 real US flights of January 2001 arrive at a Kinesis stream with 4 shards, an hour of them each second. An event
source mapping hands them to a Lambda function in batches of up to 25, ten batches a shard at once, in order for each
airport. Four flights are later than the function can bear. Everything happens in virtual time, in this process.
`;

const next = `
What to try next:

  npx millrace explain demo/flights.yaml MCI-1     the life of one late flight, with the reason for each step
  npx millrace explain demo/flights.yaml           the few things worth knowing about the run
  npx millrace run demo/flights.yaml --json        everything as JSON: invocations, discards, records, metrics

  npx millrace replay demo/flights.jsonl --speed 3600x --starting-position TRIM_HORIZON \\
    --handler demo/handler.mjs#reporting --function-response-types ReportBatchItemFailures \\
    --maximum-retry-attempts 2 --bisect-batch-on-function-error

                                                   the same flights with a handler that names the late ones, without a
                                                   window and a batch per shard at a time: compare what is delivered
`;

process.stdout.write(`${intro}\n`);
const { status, error } = spawnSync(process.execPath, [millrace, 'run', 'demo/flights.yaml'], {
  cwd: root,
  stdio: 'inherit',
});
if (error) throw error;
process.stdout.write(next);
process.exitCode = status ?? 1;
