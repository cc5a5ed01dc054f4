/** One receive: what the script took, and its undoing when nobody waits for it any more. */
import type { ReceiveAsk } from '@millrace/runtime';
import { queueNameOf } from '@millrace/runtime';
import type { DeadLetter } from '@millrace/semantics';
import { queueScripts } from '../scripts/index.ts';
import { decodeReceived, decodeStored, type Received, storedMessage } from './codec.ts';
import type { Known, QueueLink } from './link.ts';
import type { Outbox } from './outbox.ts';

/** What one look into a queue brought. */
export interface Taken {
  readonly received: Received[];
  readonly deadLettered: DeadLetter[];
  fifo: boolean;
  nowMs: number;
  /** When there may be something more: a time, `now`, or `never` unless something is sent. */
  again: number | 'now' | 'never';
}

/** Takes what can be had now, so many at most. Dead letters are with their queue when it answers. */
export async function takeNow(
  link: QueueLink,
  outbox: Outbox,
  ask: Pick<ReceiveAsk, 'visibilityMs'>,
  max: number,
): Promise<Taken> {
  const taken: Taken = { received: [], deadLettered: [], fifo: false, nowMs: 0, again: 'now' };
  const homes = new Map<string, boolean>();
  for (;;) {
    let known: Known | undefined;
    const answer = await link.ask(queueScripts.receive, (current) => {
      known = current;
      return receiveArgs(current, max - taken.received.length, ask.visibilityMs, homes);
    });
    if (answer[0] === 'letters') await findHome(link, known!, homes);
    else if (!readAnswer(answer, known!, taken) || taken.received.length >= max) {
      await bringLetters(answer, taken, outbox);
      return taken;
    }
  }
}

/** Makes a receive as if it had never been. */
export async function undo(link: QueueLink, received: readonly Received[]): Promise<void> {
  if (received.length === 0) return;
  await link.ask(queueScripts.undo, () => received.flatMap(({ id, receives, since }) => [id, receives, since]));
}

function receiveArgs(
  { definition }: Known,
  max: number,
  visibilityMs: number | undefined,
  homes: ReadonlyMap<string, boolean>,
): (string | number)[] {
  const { redrive } = definition;
  const target = redrive ? queueNameOf(redrive.deadLetterTargetArn) : '';
  // Without its dead-letter queue a message has nowhere to go, so it stays and is received again.
  const most = redrive && homes.get(target) !== false ? redrive.maxReceiveCount : '';
  const hideMs = visibilityMs ?? definition.visibilityTimeoutMs;
  return [max, hideMs, most, definition.inFlightLimit, target, homes.get(target) ? '1' : '0'];
}

async function findHome(link: QueueLink, { definition }: Known, homes: Map<string, boolean>): Promise<void> {
  const name = queueNameOf(definition.redrive?.deadLetterTargetArn ?? '');
  const target = await link.context.link(name).load();
  homes.set(name, target?.definition.fifo === definition.fifo);
}

/** Adds an answer to what was taken before; true when more has to be given up first. */
function readAnswer(answer: readonly unknown[], known: Known, taken: Taken): boolean {
  const [, now, hideUntil, again, , goesOn, count] = answer as [string, string, string, string, number, number, number];
  const { fifo, arn } = known.definition;
  const from = { fifo, generation: known.generation, visibleAtMs: Number(hideUntil) };
  const texts = answer as string[];
  let at = 7;
  for (; at < 7 + 2 * count; at += 2) taken.received.push(decodeReceived(texts[at]!, texts[at + 1]!, from));
  for (; at < answer.length; at += 2) taken.deadLettered.push(letterFrom(texts[at]!, texts[at + 1]!, arn));
  taken.fifo = fifo;
  taken.nowMs = Number(now);
  taken.again = again === '' ? 'now' : again === '-' ? 'never' : Number(again);
  return goesOn === 1;
}

function letterFrom(fate: string, text: string, sourceArn: string): DeadLetter {
  const [, first, age = ''] = fate.split(' ');
  const stored = decodeStored(text, age);
  const firstReceivedAtMs = stored.firstReceivedBeforeMs ?? (first === '-' ? null : Number(first));
  const message = storedMessage(stored, fate);
  return { message, firstReceivedAtMs, sourceArn, rule: 'sqs.dead-lettered-after-max-receives' };
}

/** The messages in hand must not suffer when the letters cannot be brought now: whoever comes next brings them. */
async function bringLetters(answer: readonly unknown[], taken: Taken, outbox: Outbox): Promise<void> {
  if (answer[4] !== 1) return;
  const brought = outbox.flush().catch(() => {});
  if (taken.deadLettered.length > 0) await brought;
}
