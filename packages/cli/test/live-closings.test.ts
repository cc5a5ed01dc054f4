/** What a session has opened is closed, whatever goes wrong with a part of it. */
import { expect, test } from 'vitest';
import { closeInReverse } from '../src/live/closings.ts';

test('everything is closed in reverse, one after the other and once, and what went wrong is said', async () => {
  const closed: string[] = [];
  const problems: string[] = [];
  const late = (name: string) => async () => {
    await new Promise((resolve) => setImmediate(resolve));
    closed.push(name);
  };
  const closings = [
    late('redis'),
    () => Promise.reject(new Error('no goodbye')),
    () => {
      throw new Error('at once');
    },
    late('gateway'),
  ];
  await closeInReverse(closings, (problem) => problems.push(problem));
  await closeInReverse(closings, (problem) => problems.push(problem));
  expect(closed).toEqual(['gateway', 'redis']);
  expect(problems).toEqual(['at once', 'no goodbye']);
});
