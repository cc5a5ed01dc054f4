/** Putting messages into a queue: what was sent to it, and what comes out of the outbox of another. */
import {
  DEDUPLICATION_INTERVAL_MS,
  fifoSequenceNumber,
  type SendOutcome,
  type SentMessage,
  sendRefusal,
} from '@millrace/semantics';
import { ConnectionLost } from '../connection.ts';
import { queueScripts } from '../scripts/index.ts';
import { encodeGroup, encodeSent } from './codec.ts';
import { hashBody, type Known, type QueueLink } from './link.ts';

/** A script call takes no more than so many messages, and begins no further one beyond so many characters. */
const CALL_MESSAGES = 64;
const CALL_CHARS = 1_000_000;

/** A message on its way into a queue. */
export interface Entry {
  /** Its number in an outbox; '' when it was sent. */
  readonly number: string;
  readonly messageId: string;
  readonly sent: SentMessage;
  readonly delayMs: number;
  /** Where it began (codec.ts); '' when it begins now. */
  readonly origin: string;
  /** '' when it is neither compared nor remembered. */
  readonly dedupId: string;
}

/** Sends messages in order, each of which stands or falls by itself. */
export async function sendAll(link: QueueLink, messages: readonly SentMessage[]): Promise<SendOutcome[]> {
  const ids = messages.map(() => link.context.newMessageId());
  const outcomes: SendOutcome[] = [];
  for (let from = 0; from < messages.length; ) {
    const to = endOfCall(messages, from);
    outcomes.push(...(await sendSome(link, messages.slice(from, to), ids.slice(from, to))));
    from = to;
  }
  return outcomes;
}

/** Puts entries of an outbox into a queue; whatever came before is left out by the script. */
export async function deliver(link: QueueLink, outbox: string, entriesFor: (known: Known) => Entry[]): Promise<void> {
  await link.ask(queueScripts.send, (known) => sendArgs(outbox, entriesFor(known), known));
}

/** A message as it is put into a queue: with the queue's delay and the deduplication id by which it is compared. */
export function entryOf(number: string, messageId: string, sent: SentMessage, { definition }: Known): Entry {
  const delayMs = sent.delayMs ?? definition.delayMs;
  if (!definition.fifo) return { number, messageId, sent, delayMs, origin: '', dedupId: '' };
  const dedupId = sent.dedupId ?? hashBody(sent.body);
  const withId = sent.dedupId === dedupId ? sent : { ...sent, dedupId };
  return { number, messageId, sent: withId, delayMs, origin: '', dedupId };
}

function endOfCall(messages: readonly SentMessage[], from: number): number {
  let chars = 0;
  let to = from;
  while (to < messages.length && to - from < CALL_MESSAGES && chars < CALL_CHARS) chars += messages[to++]!.body.length;
  return to;
}

async function sendSome(
  link: QueueLink,
  messages: readonly SentMessage[],
  ids: readonly string[],
): Promise<SendOutcome[]> {
  let known = await link.known();
  let refusals: (SendOutcome | undefined)[] = [];
  const args = (current: Known) => {
    known = current;
    refusals = messages.map((sent) => sendRefusal(known.definition, sent));
    const entries: Entry[] = [];
    for (let index = 0; index < messages.length; index++) {
      if (!refusals[index]) entries.push(entryOf('', ids[index]!, messages[index]!, known));
    }
    return sendArgs('', entries, known);
  };
  const answer = await sendOnce(link, args);
  const results = answer.slice(2) as string[];
  const nowMs = Number(answer[1]);
  let next = 0;
  return messages.map((sent, index) => {
    const delayMs = sent.delayMs ?? known.definition.delayMs;
    return refusals[index] ?? outcomeOf(results[next++], ids[index]!, nowMs, delayMs);
  });
}

/**
 * On a FIFO queue a repetition does no harm: it is known by its deduplication id, and by its message id it is known to be
 * the same send. On a standard queue it might put the message there twice.
 */
async function sendOnce(link: QueueLink, args: (known: Known) => (string | number)[]): Promise<readonly unknown[]> {
  for (;;) {
    try {
      return await link.ask(queueScripts.send, args, true);
    } catch (error) {
      if (!(error instanceof ConnectionLost) || link.context.runner.isOver) throw error;
      if (!(await link.known()).definition.fifo) throw error;
    }
  }
}

function outcomeOf(result: string | undefined, messageId: string, nowMs: number, delayMs: number): SendOutcome {
  const visibleAtMs = nowMs + delayMs;
  const rule = delayMs > 0 ? ({ rule: 'sqs.delayed-before-first-receive' } as const) : undefined;
  if (result === undefined) return { kind: 'sent', messageId, visibleAtMs, ...rule };
  const [ordinal = '', earlierId = ''] = result.slice(1).split(' ');
  const sequenceNumber = fifoSequenceNumber(Number(ordinal));
  if (result.startsWith('n') || earlierId === messageId) {
    return { kind: 'sent', messageId, sequenceNumber, visibleAtMs, ...rule };
  }
  return { kind: 'deduplicated', messageId: earlierId, sequenceNumber, rule: 'sqs.fifo-deduplicated' };
}

function sendArgs(outbox: string, entries: readonly Entry[], { definition }: Known): (string | number)[] {
  const args: (string | number)[] = [outbox, DEDUPLICATION_INTERVAL_MS];
  for (const { number, messageId, sent, delayMs, origin, dedupId } of entries) {
    args.push(number, delayMs, origin, encodeSent(messageId, sent));
    if (definition.fifo) args.push(encodeGroup(sent.groupId ?? ''), dedupId, messageId);
  }
  return args;
}
