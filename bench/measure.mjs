/** One measure of the bench, in a process of its own: `measure.mjs NAME RECORDS ROUNDS`. */
import { spawnSync } from 'node:child_process';
import { closeSync, createWriteStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { normaliseScenario, runPlan } from '@millrace/simulation';
import { bare, kafkaBare, kinesisBare, sqsBare } from './bare.mjs';
import { feedOf, fifoMessage, kinesisRecord, manyKeysRecord, message, topicRecord } from './load.mjs';
import { planOf, simulated } from './simulated.mjs';

const [name, recordsText, roundsText] = process.argv.slice(2);
const records = Number(recordsText);
const rounds = Number(roundsText);
const handler = async () => {};

const kinesis = (shards, factor) => ({
  plan: planOf(
    { type: 'kinesis', shards },
    {
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      ParallelizationFactor: factor,
      MaximumBatchingWindowInSeconds: 5,
    },
    handler,
  ),
  feed: (count, perSecond = 10_000) => feedOf(count, kinesisRecord, perSecond),
  bare: { ...kinesisBare(shards, factor), batchSize: 100, windowMs: 5000, durationMs: 20, handler },
});

const LOADS = {
  sqs: () => ({
    plan: planOf(
      { type: 'sqs', visibilityTimeout: '30s' },
      { BatchSize: 10, ScalingConfig: { MaximumConcurrency: 1000 } },
      handler,
    ),
    feed: (count) => feedOf(count, message, 10_000),
    bare: { ...sqsBare(), batchSize: 10, windowMs: 0, durationMs: 20, handler },
  }),
  fifo: () => ({
    plan: planOf({ type: 'sqs-fifo' }, { BatchSize: 10 }, handler),
    feed: (count) => feedOf(count, fifoMessage, 3000),
    bare: { ...sqsBare(), batchSize: 10, windowMs: 0, durationMs: 20, handler },
  }),
  kafka: () => ({
    plan: planOf(
      { type: 'msk', partitions: 12 },
      { StartingPosition: 'TRIM_HORIZON', BatchSize: 100, MaximumBatchingWindowInSeconds: 1 },
      handler,
    ),
    feed: (count) => feedOf(count, topicRecord, 50_000),
    bare: { ...kafkaBare(12), batchSize: 100, windowMs: 1000, durationMs: 20, handler },
  }),
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function timed(run) {
  const from = performance.now();
  const value = await run();
  return { ms: performance.now() - from, value };
}

/** The simulator and the bare loop in turns, so that both see the same noise. One round of each to warm up. */
async function compare(load, count, options = () => ({})) {
  const ratios = [];
  const rates = { bare: [], simulator: [] };
  for (let round = 0; round <= rounds; round += 1) {
    globalThis.gc?.();
    const one = await timed(() => bare(load.feed(count), load.bare));
    const other = await timed(async () => {
      const { close, ...rest } = options();
      const run = await simulated(load.plan, load.feed(count), rest);
      close?.();
      return run;
    });
    if (round === 0) continue;
    ratios.push(one.ms / other.ms);
    rates.bare.push(count / one.ms);
    rates.simulator.push(count / other.ms);
    if (round === rounds) console.log(`  batches: bare loop ${one.value}, simulator ${other.value.totals.invocations}`);
  }
  console.log(`  bare loop  ${thousands(median(rates.bare))} records/s`);
  console.log(`  simulator  ${thousands(median(rates.simulator))} records/s, every checker on`);
  console.log(
    `  ratio      ${median(ratios).toFixed(2)}  (rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  );
}

const thousands = (perMs) => `${Math.round(perMs).toLocaleString('en')} k`;

/** Lines of the trace into a file as the command line writes them: big chunks, synchronously. */
function traceInto(folder) {
  const file = openSync(join(folder, 'trace.jsonl'), 'w');
  let lines = [];
  let size = 0;
  const flush = () => {
    writeSync(file, lines.join(''));
    lines = [];
    size = 0;
  };
  const onLine = (line) => {
    const text = `${JSON.stringify(line)}\n`;
    lines.push(text);
    size += text.length;
    if (size > 1_000_000) flush();
  };
  return {
    onLine,
    close: () => {
      flush();
      closeSync(file);
    },
  };
}

async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Cost per record of a small, a long and a wide run, in turns; medians. Lanes get as many records a second in all of
 * them, and the same 50,000 keys; the wide one runs for five seconds of virtual time.
 */
async function scale() {
  const small = kinesis(10, 10);
  const wide = kinesis(1000, 10);
  const base = Math.max(10_000, Math.floor(records / 100));
  const many = Math.floor(records / 2);
  const cost = async (load, count, perSecond) => {
    return (await timed(() => simulated(load.plan, feedOf(count, manyKeysRecord, perSecond)))).ms / count;
  };
  const costs = { small: [], long: [], wide: [] };
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    for (let warm = 0; warm < 3; warm += 1) costs.small.push(await cost(small, base, 10_000));
    costs.wide.push(await cost(wide, many, 1_000_000));
    costs.long.push(await cost(small, records, 10_000));
  }
  const one = median(costs.small);
  console.log(
    `  ${base.toLocaleString('en')} records, 10 shards × factor 10      ${(one * 1000).toFixed(2)} µs a record`,
  );
  console.log(
    `  ${records.toLocaleString('en')} records, 10 shards × factor 10   ×${(median(costs.long) / one).toFixed(2)}`,
  );
  console.log(
    `  ${many.toLocaleString('en')} records, 1,000 shards × factor 10  ×${(median(costs.wide) / one).toFixed(2)}`,
  );
}

/** Peak memory of the command line on a fixture file, as the operating system counts it. */
async function memory(folder) {
  const fixture = join(folder, 'fixture.jsonl');
  await writeFixture(fixture);
  const cli = fileURLToPath(new URL('../packages/cli/bin/millrace.js', import.meta.url));
  const args = [
    'replay',
    fixture,
    '--source',
    'kinesis',
    '--shards',
    '10',
    '--parallelization-factor',
    '10',
    '--summary',
    '--json',
  ];
  const { ms, value } = await timed(() => {
    return spawnSync(process.execPath, [PEAK, cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  });
  if (value.status !== 0) throw new Error(value.stderr);
  console.log(`  ${value.stderr.match(/peak .*/)?.[0] ?? 'no figure'}, ${(records / ms).toFixed(0)} k records/s`);
}

/** Runs a script in this process and says at the end how much memory it had at most. */
const PEAK = fileURLToPath(new URL('peak.mjs', import.meta.url));

async function writeFixture(file) {
  const out = createWriteStream(file);
  out.write('{"millrace":1,"source":{"type":"kinesis","name":"bench","shards":10}}\n');
  const data = JSON.stringify({ pad: 'x'.repeat(180) });
  for (let from = 0; from < records; from += 10_000) {
    const lines = [];
    for (let index = from; index < Math.min(records, from + 10_000); index += 1) {
      lines.push(
        `{"at":"${Math.floor(index / 500) * 50}ms","key":"${kinesisRecord(index).partitionKey}","data":${data}}\n`,
      );
    }
    if (!out.write(lines.join(''))) await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(resolve));
}

/** 24 hours of a poison record that is retried for ever. */
async function day() {
  const read = normaliseScenario({
    scenario: 'day',
    source: { type: 'kinesis', name: 'orders' },
    mapping: { StartingPosition: 'TRIM_HORIZON' },
    function: { name: 'f', behavior: [{ do: 'throw' }] },
    records: [{ id: 'poison', key: 'a', data: {} }],
  });
  const times = [];
  let run;
  for (let round = 0; round < rounds * 2; round += 1) {
    const result = await timed(() => runPlan(read.plan, read.feed()));
    times.push(result.ms);
    run = result.value;
  }
  console.log(
    `  ${run.totals.invocations} invocations, fate ${run.result.records[0].fate}, ${run.result.virtualMs / 3_600_000} h of virtual time`,
  );
  console.log(`  first run ${times[0].toFixed(1)} ms, median ${median(times).toFixed(1)} ms of computing`);
}

switch (name) {
  case 'kinesis':
  case 'kinesis-young':
    await compare(kinesis(10, 10), records);
    break;
  case 'kinesis-trace':
    await withFolder((folder) => compare(kinesis(10, 10), records, () => traceInto(folder)));
    break;
  case 'scale':
    await scale();
    break;
  case 'memory':
    await withFolder(memory);
    break;
  case 'day':
    await day();
    break;
  default:
    await compare(LOADS[name](), records);
}
