/** The topics on Redis pass the suite of the port. */
import { memoryTopics } from '@millrace/runtime';
import { topicCases } from '@millrace/runtime/conformance';
import { redisTopics } from '../../src/index.ts';
import { conformance } from '../support/conformance.ts';

conformance('topics', {
  cases: topicCases,
  onRedis: redisTopics,
  inMemory: memoryTopics,
  subject: (topics, time) => ({ topics, ...time }),
});
