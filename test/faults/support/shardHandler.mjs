/**
 * The functions of the fault tests of shards. As handler.mjs does, each writes down every call before it does anything and
 * before it answers. What it does besides is said by the records: `{ id, ms, bad }`: takes so long, and goes wrong for ever.
 * FAULTS_ANSWER says how it goes wrong: it throws, or it reports the first such record.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

const { FAULTS_LOG: file, FAULTS_FUNCTION: name, FAULTS_ANSWER: answer = 'throw' } = process.env;

/** The same clock in every process of the machine, and one that is never set. */
function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** When this environment began. */
const bornMs = nowMs();

function note(line) {
  appendFileSync(file, `${JSON.stringify({ atMs: nowMs(), ...line })}\n`);
}

function read({ kinesis, dynamodb }) {
  const place = kinesis
    ? { seq: kinesis.sequenceNumber, key: kinesis.partitionKey }
    : { seq: dynamodb.SequenceNumber, key: dynamodb.Keys.pk.S };
  const text = kinesis ? Buffer.from(kinesis.data, 'base64').toString() : dynamodb.NewImage.body.S;
  return { ...place, ...JSON.parse(text) };
}

function begin(records, request, more = {}) {
  const call = randomUUID();
  const { pid, ppid } = process;
  const told = records.map(({ id, key, seq }) => ({ id, key, seq }));
  note({ what: 'started', call, request, function: name, pid, ppid, bornMs, records: told, ...more });
  return call;
}

function takes(records) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ...records.map(({ ms = 0 }) => ms))));
}

export async function handler({ Records }, { awsRequestId: request }) {
  const records = Records.map(read);
  const call = begin(records, request);
  await takes(records);
  const first = records.findIndex(({ bad }) => bad);
  const done = first < 0 ? records.length : answer === 'report' ? first : 0;
  note({ what: 'ended', call, done });
  if (first < 0) return { batchItemFailures: [] };
  if (answer === 'report') return { batchItemFailures: [{ itemIdentifier: records[first].seq }] };
  throw new Error('it was asked to fail');
}

/** Keeps in the state of its window which records it has seen. */
export async function collect(event, { awsRequestId: request }) {
  const records = event.Records.map(read);
  const seen = [...(event.state?.seen ?? []), ...records.map(({ id }) => id)];
  const { window, shardId: shard, isFinalInvokeForWindow: final } = event;
  const call = begin(records, request, { window: { shard, start: window.start, final, ...(final && { seen }) } });
  await takes(records);
  note({ what: 'ended', call, done: records.length });
  return { state: { seen } };
}
