/** What every queue substrate must do. Each case is a promise that rejects when it does not hold. */
import { betweenCases, definitionCases } from './queueBetween.ts';
import { groupCases, messageCases } from './queueMessages.ts';
import type { QueueCase } from './queueSubject.ts';
import { waitingCases } from './queueWaiting.ts';

export const queueCases: readonly QueueCase[] = [
  ...messageCases,
  ...groupCases,
  ...waitingCases,
  ...definitionCases,
  ...betweenCases,
];
