/** Random records of every source, with everything that makes JSON longer than its text. Not a test. */
import type {
  AttributeMap,
  AttributeValue,
  ChangeRecord,
  KinesisRecord,
  MessageAttribute,
  Placed,
  ReceivedMessage,
  SentMessage,
  TopicRecord,
} from '@millrace/semantics';
import fc from 'fast-check';

/** Texts of plain ASCII, quotes and controls, all of Unicode, and code units alone, which may be half a character. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\u0000\b\t\n\f\r\u001f',
    '\u007f\u0080\u2028',
    '\ud83d',
    '\ude00\ud83d',
    '😀',
    'é',
    '__proto__',
  ),
);

const base64: fc.Arbitrary<string> = fc.uint8Array({ maxLength: 60 }).map((bytes) => btoaOf(bytes));

/** Base64 by the book, written apart from the code under test. */
export function btoaOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

const instant = fc.oneof(
  fc.integer({ min: 0, max: 4_102_444_800_000 }),
  fc.constantFrom(0, 999, 1000, 1_764_088_520_000, 1_764_088_520_100, 1_764_088_520_120),
);

const attribute: fc.Arbitrary<MessageAttribute> = fc.oneof(
  fc.record({ dataType: fc.constantFrom('String', 'Number', 'String.custom'), stringValue: text }),
  fc.record({ dataType: fc.constant('Binary'), binaryValue: base64 }),
);

const sent: fc.Arbitrary<SentMessage> = fc.record(
  {
    body: text,
    attributes: fc.dictionary(text, attribute, { maxKeys: 3 }),
    groupId: text,
    dedupId: text,
    senderId: text,
    traceHeader: text,
  },
  { requiredKeys: ['body'] },
);

export const message: fc.Arbitrary<ReceivedMessage> = fc.record(
  {
    messageId: fc.uuid(),
    receiptHandle: text,
    sent,
    sentAtMs: instant,
    receiveCount: fc.integer({ min: 1, max: 1000 }),
    firstReceivedAtMs: instant,
    visibleAtMs: instant,
    sequenceNumber: fc.constant('18849496460467696128'),
    deadLetterSourceArn: text,
  },
  {
    requiredKeys: [
      'messageId',
      'receiptHandle',
      'sent',
      'sentAtMs',
      'receiveCount',
      'firstReceivedAtMs',
      'visibleAtMs',
    ],
  },
);

export function placed<T>(record: fc.Arbitrary<T>): fc.Arbitrary<Placed<T>> {
  return fc.record({ index: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), arrivalMs: instant, record });
}

export const kinesisRecord: fc.Arbitrary<KinesisRecord> = fc.record({ partitionKey: text, data: base64 });

const attributeValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text.map((S) => ({ S })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => ({ N: String(number) })),
    base64.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.array(text, { maxLength: 3 }).map((SS) => ({ SS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }).map((M) => ({ M })),
  ),
})).value;

const item: fc.Arbitrary<AttributeMap> = fc.dictionary(text, attributeValue, { maxKeys: 4 });

export const change: fc.Arbitrary<ChangeRecord> = fc.record(
  {
    op: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'),
    keys: item,
    newImage: item,
    oldImage: item,
    ttl: fc.boolean(),
  },
  { requiredKeys: ['op', 'keys'] },
);

export const topicRecord: fc.Arbitrary<TopicRecord> = fc.record(
  {
    key: fc.option(base64),
    value: fc.option(base64),
    headers: fc.array(fc.record({ key: text, value: base64 }), { maxLength: 3 }),
    timestampMs: instant,
  },
  { requiredKeys: ['key', 'value', 'headers'] },
);
