/** The ordered suite on the topics of one process. */
import { memoryTopics } from '@millrace/runtime';
import { orderedCases } from '@millrace/runtime/conformance';
import { describe, test } from 'vitest';
import { substrateSubject } from './support/substrate.ts';

describe('a topic in memory', () => {
  const subject = substrateSubject(memoryTopics());
  test.concurrent.each(orderedCases)('$name', ({ run }) => run(subject), 60_000);
});
