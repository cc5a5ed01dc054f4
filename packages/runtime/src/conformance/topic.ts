/** What every topic substrate must do. Each case is a promise that rejects when it does not hold. */
import { consumerGroupCases } from './topicGroups.ts';
import { recordCases } from './topicRecords.ts';
import type { TopicCase } from './topicSubject.ts';
import { topicDefinitionCases, topicWaitingCases } from './topicWaiting.ts';

export const topicCases: readonly TopicCase[] = [
  ...recordCases,
  ...consumerGroupCases,
  ...topicWaitingCases,
  ...topicDefinitionCases,
];
