/** A bare BullMQ producer: keeps so many jobs under way, and counts those whose results have come back. */
import { bullmq, Redis } from '../libraries.mjs';
import { bodyOf } from '../queues.mjs';
import { report, settings } from './report.mjs';

const { redisUrl, queue: name, bytes, underWay } = settings;
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const queue = new bullmq.Queue(name, {
  connection,
  skipVersionCheck: true,
  defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
});
const events = new bullmq.QueueEvents(name, { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }) });
const data = { body: bodyOf(bytes) };
let done = 0;
let open = 0;
let adding = false;

/** Jobs that are due in the same turn of the event loop are added in one go. */
function more() {
  if (adding) return;
  adding = true;
  setImmediate(() => {
    adding = false;
    const count = underWay - open;
    open += count;
    if (count > 0) void queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data })));
  });
}

events.on('completed', () => {
  done += 1;
  open -= 1;
  more();
});
await events.waitUntilReady();
more();
report(() => done);
