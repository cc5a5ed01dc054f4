/** The ordered suite on the streams of one process. */
import { memoryStreams } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import { describe, test } from 'vitest';
import { substrateSubject } from './support/substrate.ts';

describe.each(['kinesis', 'dynamodb'] as const)('a stream of %s in memory', (kind) => {
  const subject = substrateSubject(memoryStreams(), kind);
  test.concurrent.each(orderedCases)('$name', ({ run }) => run(subject), 60_000);
});
