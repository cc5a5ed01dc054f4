/**
 * One execution environment in a worker thread. It gets `{ requestId, deadlineMs, event }` (the event as JSON text) and
 * posts `{ ready }`, or `{ failed }` when the handler cannot be loaded; then per event one of `{ text }`, `{ tooLarge }`
 * and `{ error }`.
 *
 * What is written to stdout and stderr goes into a ring in shared memory, so that a handler that writes without end costs
 * no memory, and what it wrote is still there when the thread was terminated.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { answerText, call, errorOf, labelConsole, loadHandler, rejectionOf } from './handler.mjs';

const { file, exportName, about, logs } = workerData;
const head = new Int32Array(logs, 0, 2);
const ring = new Uint8Array(logs, 8);
let current;
/** To come by the collection of garbage, against other threads. */
const MOST_TRIES = 100;

process.stdout.write = keep;
process.stderr.write = keep;
labelConsole(() => current?.requestId);

/** head[0] is where the next byte goes, head[1] how many bytes there are. */
function keep(chunk, encoding, callback) {
  const tail = typeof chunk === 'string' ? chunk.slice(-ring.length) : chunk.subarray(-ring.length);
  const bytes = typeof tail === 'string' ? Buffer.from(tail, typeof encoding === 'string' ? encoding : 'utf8') : tail;
  const from = bytes.length > ring.length ? bytes.length - ring.length : 0;
  const at = Atomics.load(head, 0);
  const first = Math.min(bytes.length - from, ring.length - at);
  ring.set(bytes.subarray(from, from + first), at);
  ring.set(bytes.subarray(from + first), 0);
  const length = bytes.length - from;
  Atomics.store(head, 0, (at + length) % ring.length);
  Atomics.store(head, 1, Math.min(ring.length, Atomics.load(head, 1) + length));
  const done = typeof encoding === 'function' ? encoding : callback;
  if (done) process.nextTick(done);
  return true;
}

/** The host collects garbage here before it believes that the heap is too large (src/worker/heap-watch.ts). */
function exposeCollection() {
  let collect = globalThis.gc;
  // The flag is the whole process's: another thread that starts at this moment may take it back in between.
  for (let tries = 0; !collect && tries < MOST_TRIES; tries += 1) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('globalThis.gc');
    setFlagsFromString('--no-expose-gc');
  }
  Object.defineProperty(globalThis, Symbol.for('millrace.collectGarbage'), { value: collect });
}

/** While an event is worked on, the port holds the thread's loop no longer open: an empty loop is then noticed. */
function work(handler, { requestId, deadlineMs, event }) {
  parentPort.unref();
  current = { requestId };
  current.loopIsEmpty = call(handler, JSON.parse(event), about, { requestId, deadlineMs }, (failed, value) => {
    post(failed ? { error: errorOf(value) } : answerText(value));
  });
}

function post(answer) {
  current = undefined;
  parentPort.ref();
  parentPort.postMessage(answer);
}

/** An error outside of any call ends the environment, as on AWS. */
function crash(error, exitCode) {
  if (current) post({ error });
  process.exit(exitCode);
}

process.on('beforeExit', () => current?.loopIsEmpty?.());
process.on('uncaughtException', (thrown) => {
  console.error(thrown);
  crash(errorOf(thrown), 129);
});
process.on('unhandledRejection', (reason) => {
  console.error(reason);
  crash(rejectionOf(reason), 128);
});

try {
  exposeCollection();
  const handler = await loadHandler(file, exportName);
  parentPort.on('message', (task) => work(handler, task));
  parentPort.postMessage({ ready: true });
} catch (thrown) {
  parentPort.postMessage({ failed: errorOf(thrown) });
}
