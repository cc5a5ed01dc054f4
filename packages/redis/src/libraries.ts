/**
 * ioredis and BullMQ, loaded as the CommonJS modules that they are. Importing them takes twice as long: Node then searches
 * each of their three hundred files for the names that it exports. `millrace up` spends most of its start on them.
 */
import { createRequire } from 'node:module';
import type * as bullmq from 'bullmq';
import type * as ioredis from 'ioredis';

const load = createRequire(import.meta.url);
const loaded: typeof bullmq = load('bullmq');

export const Redis: typeof ioredis.Redis = load('ioredis').Redis;
export type Redis = ioredis.Redis;

export const { Queue, Worker } = loaded;
// biome-ignore lint/suspicious/noExplicitAny: BullMQ's own default.
export type Queue<Data = any> = bullmq.Queue<Data>;
// biome-ignore lint/suspicious/noExplicitAny: BullMQ's own default.
export type Worker<Data = any, Result = any> = bullmq.Worker<Data, Result>;
