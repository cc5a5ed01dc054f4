export { type RedisPermitsOptions, redisPermits } from './permits/permits.ts';
