import { memoryQueues } from '@millrace/runtime';
import { pollerCases } from '@millrace/runtime/conformance';
import { describe, test } from 'vitest';
import { substrateSubject } from './support/substrate.ts';

describe.each([
  ['standard', false],
  ['FIFO', true],
])('a %s queue in memory', (_title, fifo) => {
  const subject = substrateSubject(memoryQueues({}));
  test.concurrent.each(pollerCases)('$name', ({ run }) => run(subject, fifo), 60_000);
});
