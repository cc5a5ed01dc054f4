export { type InvokerAbility, type InvokerCase, type InvokerSubject, invokerCases } from './invoker.ts';
export { type PollerCase, pollerCases } from './pollerCases.ts';
export type { PollerSubject, QueueShape, QueueUnderTest } from './pollerSubject.ts';
export { queueCases } from './queue.ts';
export type { QueueCase, QueueSubject } from './queueSubject.ts';
