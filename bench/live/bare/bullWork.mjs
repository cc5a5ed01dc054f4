/** A bare BullMQ worker with a processor that does nothing. */
import { bullmq, Redis } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { redisUrl, queue, concurrency } = settings;
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const worker = new bullmq.Worker(queue, async () => null, { connection, concurrency, skipVersionCheck: true });
worker.on('error', (error) => console.error(error.message));
await worker.waitUntilReady();
report(() => 0);
