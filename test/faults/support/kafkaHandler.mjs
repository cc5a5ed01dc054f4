/**
 * The function of the fault tests of topics. It writes down every call, before it does anything and before it answers, to a
 * file that is opened for appending: what it wrote survives whatever is killed. What it does besides is said by the records:
 * `{ id, ms, do, times }`: takes so long and does this, on the first so many deliveries here (absent: on each).
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

const { FAULTS_LOG: file } = process.env;
const deliveries = new Map();

/** The same clock in every process of the machine, and one that is never set. */
function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

function note(line) {
  appendFileSync(file, `${JSON.stringify({ atMs: nowMs(), ...line })}\n`);
}

function recordOf(lane, { offset, value }) {
  const { id, ms = 0, do: deed, times = Number.POSITIVE_INFINITY } = JSON.parse(Buffer.from(value, 'base64'));
  const seen = (deliveries.get(id) ?? 0) + 1;
  if (times !== Number.POSITIVE_INFINITY) deliveries.set(id, seen);
  return { lane, offset, id, ms, deed: seen <= times ? deed : undefined };
}

export async function handler({ records: byLane }, { awsRequestId: request }) {
  const call = randomUUID();
  const records = Object.entries(byLane).flatMap(([lane, some]) => some.map((each) => recordOf(lane, each)));
  const told = records.map(({ lane, offset, id }) => ({ lane, offset, id }));
  note({ what: 'started', call, request, pid: process.pid, ppid: process.ppid, records: told });
  await new Promise((resolve) => setTimeout(resolve, Math.max(...records.map(({ ms }) => ms))));
  if (records.some(({ deed }) => deed === 'fail')) {
    note({ what: 'ended', call, ok: false });
    throw new Error('it was asked to fail');
  }
  const failed = records.filter(({ deed }) => deed === 'report');
  note({ what: 'ended', call, ok: true, failed: failed.map(({ lane, offset }) => `${lane}@${offset}`) });
  return {
    batchItemFailures: failed.map(({ lane: partition, offset }) => ({ itemIdentifier: { partition, offset } })),
  };
}
