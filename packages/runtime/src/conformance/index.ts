export { type PollerCase, pollerCases } from './pollerCases.ts';
export type { PollerSubject, QueueShape, QueueUnderTest } from './pollerSubject.ts';
