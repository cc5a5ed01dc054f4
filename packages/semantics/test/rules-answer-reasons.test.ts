/** What a reader of a trace is told about an answer that failed its batch. */
import { expect, it } from 'vitest';
import { sentence } from '../src/index.ts';

it.each([
  'answer.unknown-identifier-fails-batch',
  'answer.failures-not-a-list-fails-batch',
  'answer.not-an-object-fails-batch',
] as const)('%s names the fault when the line knows it', (rule) => {
  expect(sentence(rule, { reason: 'The itemIdentifier 123 is not in the batch.' })).toBe(
    'The itemIdentifier 123 is not in the batch, so the whole batch failed.',
  );
  expect(sentence(rule)).toBe('The answer cannot be read, so the whole batch failed.');
});
