/**
 * The function of the fault tests. It writes down every call, before it does anything and before it answers, to a file that
 * is opened for appending: what it wrote survives whatever is killed. What it does besides is said by the messages:
 * `{ id, ms, do, times }`: takes so long and does this, on the first so many deliveries (absent: on each).
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

const { FAULTS_LOG: file, FAULTS_FUNCTION: name } = process.env;
const ALIVE_EVERY_MS = 50;

/** The same clock in every process of the machine, and one that is never set. */
function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

function note(line) {
  appendFileSync(file, `${JSON.stringify({ atMs: nowMs(), ...line })}\n`);
}

export async function handler({ Records: records }, { awsRequestId: request }) {
  const call = randomUUID();
  const messages = records.map(({ body, attributes }) => {
    const { id, ms = 0, do: deed, times = Number.POSITIVE_INFINITY } = JSON.parse(body);
    const receives = Number(attributes.ApproximateReceiveCount);
    const isMeant = receives <= times;
    return { id, ms: isMeant ? ms : 0, deed: isMeant && deed, receives, group: attributes.MessageGroupId };
  });
  const { pid, ppid } = process;
  const told = messages.map(({ id, receives, group }) => ({ id, receives, group }));
  note({ what: 'started', call, request, function: name, pid, ppid, messages: told });
  await takes(Math.max(...messages.map(({ ms }) => ms)));
  const deed = messages.map((message) => message.deed).find(Boolean);
  if (deed) return deeds[deed](call);
  note({ what: 'ended', call, ok: true });
  return { batchItemFailures: [] };
}

/** Spins, as a function does that computes. */
export async function busy({ Records: records }) {
  const untilMs = nowMs() + 20 * records.length;
  while (nowMs() < untilMs);
  note({
    what: 'started',
    call: randomUUID(),
    request: '',
    function: name,
    pid: process.pid,
    ppid: process.ppid,
    messages: [],
  });
}

function takes(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const deeds = {
  fail(call) {
    note({ what: 'ended', call, ok: false });
    throw new Error('it was asked to fail');
  },
  async hang(call) {
    setInterval(() => note({ what: 'alive', call }), ALIVE_EVERY_MS);
    await new Promise(() => {});
  },
  spin(call) {
    for (let next = 0; ; ) {
      if (nowMs() < next) continue;
      note({ what: 'alive', call });
      next = nowMs() + ALIVE_EVERY_MS;
    }
  },
  exit() {
    process.exit(3);
  },
  allocate() {
    const kept = [];
    for (;;) kept.push(new Array(1_000_000).fill(Math.random()));
  },
  garbage(call) {
    note({ what: 'ended', call, ok: false });
    return { batchItemFailures: [{ itemIdentifier: 'nobody' }] };
  },
  nonsense(call) {
    note({ what: 'ended', call, ok: false });
    return 'no failures, I swear';
  },
};
