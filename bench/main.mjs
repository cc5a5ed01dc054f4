/**
 * `npm run bench`: the simulator against a bare loop, then the live side against bare loops over the same queues and
 * brokers, in one run, as ratios; medians of several rounds. Nothing here is a test: figures depend on the machine, ratios
 * much less. See README.md beside this file.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MEASURES = [
  ['kinesis', 'Kinesis, 10 shards × factor 10, batch 100', 1_000_000],
  ['kinesis-young', '… the same, Node with a large young generation', 1_000_000],
  ['kinesis-trace', '… the same, trace written to a file', 1_000_000],
  ['sqs', 'SQS standard, batch 10', 200_000],
  ['fifo', 'SQS FIFO, 1,000 groups, batch 10', 100_000],
  ['kafka', 'Kafka, 12 partitions, batch 100', 1_000_000],
  ['scale', 'Kinesis, cost per record at scale', 10_000_000],
  ['memory', '`replay --summary` of a file', 10_000_000],
  ['day', 'A day of retries, one poison record', 1],
  ['live-gateway', 'Live, AWS SDK against the gateway, batch 10', 50_000, 'message'],
  ['live-elasticmq', 'Live, AWS SDK against ElasticMQ, batch 10', 50_000, 'message'],
  ['live-substrate', 'Live, substrate, batch 100', 100_000, 'message'],
  ['live-kafka', 'Live, Apache Kafka, 12 partitions, batch 100', 800_000],
  ['live-dynamodb', 'Live, AWS SDK against DynamoDB Local, batch 100', 100_000],
  ['live-kinesis-gateway', 'Live, AWS SDK against Kinesis of the gateway, 8 shards, batch 100', 800_000],
  ['live-shards', 'Live, shards of the substrate, batch 100', 400_000],
  ['live-reshard', 'Live, pause of a key around a split and a merge', 100, 'key'],
  ['live-takeover', 'Live, takeover of shards after kill -9', 80, 'key'],
  ['live-jobs', 'Live, every attempt a BullMQ job, batch 1', 10_000, 'job'],
  ['live-jobs-10', 'Live, every attempt a BullMQ job, batch 10', 8000, 'job'],
  ['live-isolated', 'Live, isolated functions', 5000, 'message'],
  ['live-heavy', 'Live, 20 ms of computing on several worker processes', 400, 'invocation'],
  ['live-idle', 'Live, ten mappings with nothing to do', 30, 'second'],
  ['live-start', 'Live, start-up of `millrace up`', 10, 'start'],
];

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const quick = process.argv.includes('--quick');
const unknown = wanted.filter((word) => !MEASURES.some(([name]) => name === word));
if (process.argv.includes('--help') || unknown.length > 0) {
  if (unknown.length > 0) console.error(`bench: there is no measure ${unknown.join(', ')}`);
  console.log(`npm run bench -- [--quick] [MEASURE …]\n\nMeasures: ${MEASURES.map(([name]) => name).join(', ')}\n`);
  console.log('--quick   a tenth of the records (live: a third) and three rounds: for a first look, not for claims');
  process.exit(unknown.length > 0 ? 2 : 0);
}

/** Records live for about as long as a young generation lasts: with a larger one fewer of them are copied. */
const FLAGS = { 'kinesis-young': ['--min-semi-space-size=128', '--max-semi-space-size=256'] };

/** Live runs need their warm-up, so that a third is the least that says anything. */
const share = (name) => (name.startsWith('live-') ? 3 : 10);

console.log(`Node ${process.version}, ${process.platform} ${process.arch}; every measure in a process of its own.\n`);
for (const [name, title, records, unit = 'record'] of MEASURES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const count = quick ? Math.max(1, Math.floor(records / share(name))) : records;
  if (FLAGS[name]) console.log(`node ${FLAGS[name].join(' ')}`);
  console.log(`${title} (${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'})`);
  const script = name.startsWith('live-') ? 'live/measure.mjs' : 'measure.mjs';
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawnSync(process.execPath, [...(FLAGS[name] ?? []), file, name, String(count), quick ? '3' : '5'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (child.status !== 0) process.exit(child.status ?? 1);
  console.log('');
}
