export { ConnectionLost, connectRedis, type RedisClient } from './connection.ts';
export { type BullJobs, bullJobs } from './jobs/jobs.ts';
export type { BullInvokerOptions, BullJobsOptions, BullWorker, BullWorkerOptions } from './jobs/options.ts';
export { type RedisPermitsOptions, redisPermits } from './permits/permits.ts';
export { type RedisQueuesOptions, redisQueues } from './queues/redisQueues.ts';
export { epochKey, ownedKey, redisEpochs } from './turns/epochs.ts';
export type { RedisTurnsOptions } from './turns/options.ts';
export { type RedisRegisterOptions, redisRegister } from './turns/register.ts';
export { redisTurns } from './turns/turns.ts';
