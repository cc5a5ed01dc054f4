/** The one-sentence answer about a record: how often it was delivered and why, and what became of it. */

import type { TraceLine } from '@millrace/semantics';
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
  visible: 'the batch that it was in failed and its visibility timeout ended',
  'visible-reported': 'the function reported it as failed and its visibility timeout ended',
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
  const when = formatMs(fateLine.at);
  if (fate === 'succeeded') return `; it succeeded at ${when}`;
  const where = fate === 'discarded' ? toText(fateLine.data?.destination) : '';
  return `; it ${fate === 'expired' ? fate : `was ${fate}`} at ${when}${where}${reasonText(fateLine)}`;
}

/** AWS's condition in brackets, or the rule's sentence after a colon. */
function reasonText(fateLine: TraceLine): string {
  const condition = textOf(fateLine, 'condition');
  if (condition !== undefined) return ` (${condition})`;
  const why = whyOf(fateLine)?.replace(/\.$/, '');
  return why === undefined ? '' : `: ${why.charAt(0).toLowerCase()}${why.slice(1)}`;
}

/** The destination by its own name: the last part of an ARN. */
function toText(destination: unknown): string {
  return typeof destination === 'string' ? ` to ${destination.split(':').at(-1)}` : ' without a destination';
}
