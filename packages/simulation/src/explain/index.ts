export { answerOf } from './answer.ts';
export { type Delivery, type DeliveryReason, type Life, LifeCollector } from './life.ts';
export { type LifeOptions, renderLife } from './life-text.ts';
export { type Overview, OverviewCollector } from './overview.ts';
export { renderOverview } from './overview-text.ts';
