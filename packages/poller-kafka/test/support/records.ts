/** Records of a topic `t`, as its poller gets them. */
import { kafkaEventContext } from '@millrace/aws-shapes';
import { TextPolled, type TopicPolled } from '../../src/polled.ts';

export const context = kafkaEventContext({
  kind: 'msk',
  topic: 't',
  eventSourceArn: 'arn:x',
  bootstrapServers: ['b:1'],
});
export const lanes = new Map([
  [0, 't-0'],
  [1, 't-1'],
]);

export function records(partition: number, from: number, to: number, value = 'eA=='): TopicPolled[] {
  const origin = { context, lane: `t-${partition}`, partition };
  return Array.from({ length: to - from }, (_, index) => {
    const record = { key: null, value, headers: [] };
    return new TextPolled(origin, { index: from + index, arrivalMs: 1, record });
  });
}
