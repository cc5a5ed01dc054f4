/** The queues on Redis pass the suite of the port. */
import { memoryQueues } from '@millrace/runtime';
import { queueCases } from '@millrace/runtime/conformance';
import { redisQueues } from '../../src/index.ts';
import { conformance } from '../support/conformance.ts';

conformance('queues', {
  cases: queueCases,
  onRedis: redisQueues,
  inMemory: memoryQueues,
  subject: (queues, time) => ({ queues, ...time }),
});
