/** The one-sentence answer about a record: how often it was delivered and why, and what became of it. */
import { formatMs } from '../render/duration.ts';
import { formatCount } from '../render/text.ts';
import type { DeliveryReason, Life } from './life.ts';
import { textOf, whyOf } from './line-data.ts';

const clauses: Readonly<Record<Exclude<DeliveryReason, 'first'>, string>> = {
  reported: 'the function reported it as failed',
  progress: 'the function reported it as failed and other records of its batch as done, which resets the retry budget',
  bystander: 'another record of its batch was reported as failed',
  batch: 'the batch that it was in failed and was tried again',
  alone: 'it failed alone and was tried again',
  split: 'its batch failed and was split in halves',
  rest: 'the rest of its batch was invoked anew',
  visible: 'it became visible in its queue again',
  lost: 'its poller lost its state',
  reread: 'it was read again from the checkpoint',
};

/** `bad was delivered 5 times because the function reported it as failed (4 times); it was discarded at 16.25s: …` */
export function answerOf(life: Life): string {
  const where = life.mapping === undefined ? '' : ` by ${life.mapping}`;
  return `${life.record} was ${deliveredText(life)}${where}${becauseText(life)}${fateText(life)}.`;
}

function deliveredText(life: Life): string {
  const count = life.deliveries.length;
  if (count === 0) return 'never delivered';
  return count === 1 ? 'delivered once' : `delivered ${formatCount(count)} times`;
}

function becauseText(life: Life): string {
  const counts = new Map<DeliveryReason, number>();
  for (const { reason } of life.deliveries) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  counts.delete('first');
  if (counts.size === 0) return '';
  const reasons = [...counts].map(
    ([reason, count]) =>
      `${clauses[reason as keyof typeof clauses]} (${count === 1 ? 'once' : `${formatCount(count)} times`})`,
  );
  return ` because ${reasons.join(', and because ')}`;
}

function fateText(life: Life): string {
  const { fate, fateLine } = life;
  if (!fateLine) return '; it is still pending';
  const condition = textOf(fateLine, 'condition');
  const said = condition ?? (fate === 'succeeded' ? undefined : whyOf(fateLine)?.replace(/\.$/, ''));
  const what = fate === 'succeeded' ? 'succeeded' : `was ${fate}`;
  const where = fate === 'discarded' ? toText(fateLine.data?.destination) : '';
  return `; it ${what} at ${formatMs(fateLine.at)}${where}${said === undefined ? '' : ` (${said})`}`;
}

/** The destination by its own name: the last part of an ARN. */
function toText(destination: unknown): string {
  return typeof destination === 'string' ? ` to ${destination.split(':').at(-1)}` : ' without a destination';
}
