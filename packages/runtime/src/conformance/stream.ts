/** What every stream substrate must do. Each case is a promise that rejects when it does not hold. */
import { recordCases } from './streamRecords.ts';
import { reshardCases } from './streamResharding.ts';
import { retentionCases } from './streamRetention.ts';
import type { StreamCase } from './streamSubject.ts';
import { streamWaitingCases } from './streamWaiting.ts';

export const streamCases: readonly StreamCase[] = [
  ...recordCases,
  ...retentionCases,
  ...reshardCases,
  ...streamWaitingCases,
];
