/**
 * Messages as text: `head LF messageId md5OfBody LF attributes LF body`. The attributes are JSON or nothing, so that the body
 * is never touched; its MD5 is made once, however often it is received. The head is the script's: nothing, where the time of sending is that from which retention counts, or
 * `sentAt`, or for a dead letter `sentAt age receiveCount firstReceivedAt sourceArn` (`-` where there is none).
 */
import { hash } from 'node:crypto';
import { fifoSequenceNumber, type ReceivedMessage, type SentMessage, type StoredMessage } from '@millrace/semantics';
import { GENERATION_CHARS } from '../substrate/registry.ts';

/** What was sent, with an empty head. */
export function encodeSent(messageId: string, sent: SentMessage): string {
  const { body } = sent;
  const ids = `${messageId} ${hash('md5', body)}`;
  for (const key in sent) {
    if (key === 'body' || sent[key as keyof SentMessage] === undefined) continue;
    return `\n${ids}\n${JSON.stringify({ ...sent, body: undefined })}\n${body}`;
  }
  return `\n${ids}\n\n${body}`;
}

/** A message as a script answers it. */
export interface Stored {
  readonly messageId: string;
  readonly md5OfBody: string | undefined;
  readonly sent: SentMessage;
  readonly sentAtMs: number;
  readonly enqueuedAtMs: number;
  /** Receives in other queues before this one. */
  readonly receivedBefore: number;
  readonly firstReceivedBeforeMs: number | null;
  readonly sourceArn: string | null;
}

/** `ageText`: the time from which retention counts, which an empty head leaves to it. */
export function decodeStored(text: string, ageText: string): Stored {
  const headEnd = text.indexOf('\n');
  const idEnd = text.indexOf('\n', headEnd + 1);
  const attributesEnd = text.indexOf('\n', idEnd + 1);
  const body = text.slice(attributesEnd + 1);
  const sent = attributesEnd === idEnd + 1 ? { body } : sentOf(text.slice(idEnd + 1, attributesEnd), body);
  const [messageId = '', md5OfBody] = text.slice(headEnd + 1, idEnd).split(' ', 2);
  const head = text.slice(0, headEnd);
  if (head.includes(' ')) return { ...originOf(head), messageId, md5OfBody, sent };
  const sentAtMs = Number(head === '' ? ageText : head);
  return {
    messageId,
    md5OfBody,
    sent,
    sentAtMs,
    enqueuedAtMs: sentAtMs,
    receivedBefore: 0,
    firstReceivedBeforeMs: null,
    sourceArn: null,
  };
}

/** The head of a dead letter as `send` takes it; its age begins anew where `enqueuedAtMs` is undefined. */
export function originText(letter: {
  readonly sentAtMs: number;
  readonly enqueuedAtMs: number | undefined;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number | null;
  readonly sourceArn: string;
}): string {
  const { sentAtMs, enqueuedAtMs = '-', receiveCount, firstReceivedAtMs, sourceArn } = letter;
  return `${sentAtMs} ${enqueuedAtMs} ${receiveCount} ${firstReceivedAtMs ?? '-'} ${sourceArn}`;
}

/** What one receive of one message answered. */
export interface Received {
  readonly id: string;
  readonly receives: string;
  /** Since when it had been visible. */
  readonly since: string;
  readonly message: ReceivedMessage;
}

export interface ReceivedFrom {
  readonly fifo: boolean;
  readonly generation: string;
  readonly visibleAtMs: number;
}

/** `state`: `id since receives receivedAt firstReceivedAt age`. */
export function decodeReceived(state: string, text: string, from: ReceivedFrom): Received {
  const [id = '', since = '', receives = '', , firstReceivedAt, age = ''] = state.split(' ');
  const stored = decodeStored(text, age);
  const message: { -readonly [K in keyof ReceivedMessage]: ReceivedMessage[K] } = {
    messageId: stored.messageId,
    receiptHandle: `${stored.messageId}#${from.generation}.${id}.${receives}`,
    sent: stored.sent,
    sentAtMs: stored.sentAtMs,
    receiveCount: stored.receivedBefore + Number(receives),
    firstReceivedAtMs: stored.firstReceivedBeforeMs ?? Number(firstReceivedAt),
    visibleAtMs: from.visibleAtMs,
  };
  if (stored.md5OfBody !== undefined) message.md5OfBody = stored.md5OfBody;
  if (from.fifo) message.sequenceNumber = fifoSequenceNumber(Number(id));
  if (stored.sourceArn !== null) message.deadLetterSourceArn = stored.sourceArn;
  return { id, receives, since, message };
}

/** A message with what was received of it in this queue; `state` is "receives ..." or nothing. */
export function storedMessage(stored: Stored, state: string): StoredMessage {
  return {
    messageId: stored.messageId,
    sent: stored.sent,
    sentAtMs: stored.sentAtMs,
    enqueuedAtMs: stored.enqueuedAtMs,
    receiveCount: stored.receivedBefore + Number(state.split(' ', 1)[0]),
    deadLetterSourceArn: stored.sourceArn,
  };
}

/** The group as the scripts keep it: NUL ends it there, so none is left in it, and no two groups become one. */
export function encodeGroup(groupId: string): string {
  return groupId.replaceAll('\x01', '\x01\x02').replaceAll('\0', '\x01\x01');
}

/** An id is 15 decimal digits. */
const ID_CHARS = 15;

export interface Handle {
  readonly messageId: string;
  readonly generation: string;
  readonly id: string;
  readonly receives: string;
}

/** What a receipt handle names; undefined when it is none of ours. */
export function decodeHandle(receiptHandle: string): Handle | undefined {
  // generation, id and the number of the receive: the first two have a fixed length.
  const cut = receiptHandle.lastIndexOf('#');
  const idAt = cut + 1 + GENERATION_CHARS + 1;
  const receivesAt = idAt + ID_CHARS + 1;
  if (cut < 0 || receiptHandle.length <= receivesAt || receiptHandle[receivesAt - 1] !== '.') return undefined;
  return {
    messageId: receiptHandle.slice(0, cut),
    generation: receiptHandle.slice(cut + 1, idAt - 1),
    id: receiptHandle.slice(idAt, receivesAt - 1),
    receives: receiptHandle.slice(receivesAt),
  };
}

function sentOf(attributes: string, body: string): SentMessage {
  return { ...(JSON.parse(attributes) as Omit<SentMessage, 'body'>), body };
}

function originOf(head: string): Omit<Stored, 'messageId' | 'md5OfBody' | 'sent'> {
  const [sentAt, since, count, first] = head.split(' ', 4);
  return {
    sentAtMs: Number(sentAt),
    enqueuedAtMs: Number(since),
    receivedBefore: Number(count),
    firstReceivedBeforeMs: first === '-' ? null : Number(first),
    sourceArn: head.split(' ').slice(4).join(' '),
  };
}
