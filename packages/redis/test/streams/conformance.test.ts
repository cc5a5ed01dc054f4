/** The streams on Redis pass the suite of the port. */
import { memoryStreams } from '@millrace/runtime';
import { streamCases } from '@millrace/runtime/conformance';
import { redisStreams } from '../../src/index.ts';
import { conformance } from '../support/conformance.ts';

conformance('streams', {
  cases: streamCases,
  onRedis: redisStreams,
  inMemory: memoryStreams,
  subject: (streams, time) => ({ streams, ...time }),
});
