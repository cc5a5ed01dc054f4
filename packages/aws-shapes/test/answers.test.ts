/** What each answer means for its batch: cases S07, S09, K10 to K22, D21 to D30, and what AWS's guide says beside them. */
import type { Outcome, SourceKind } from '@millrace/semantics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnswerOptions,
  errorPayload,
  type FunctionAnswer,
  type ItemIdentifier,
  RESPONSE_LIMIT_BYTES,
  readAnswer,
  returnedAnswer,
  thrownAnswer,
} from '../src/index.ts';

const reporting: AnswerOptions = { partialResponses: true };
const silent: AnswerOptions = { partialResponses: false };
const sequenceNumbers = ['100', '101', '102'];
const offsets = [
  { partition: 'orders-0', offset: 7 },
  { partition: 'orders-0', offset: 8 },
  { partition: 'orders-1', offset: 7 },
];

function read(
  value: unknown,
  options = reporting,
  kind: SourceKind = 'kinesis',
  batch: readonly ItemIdentifier[] = sequenceNumbers,
): Outcome {
  return readAnswer(kind, { kind: 'returned', value }, () => batch, options);
}

const report = (...identifiers: readonly unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('with ReportBatchItemFailures', () => {
  it.each<[string, unknown]>([
    ['K18 an empty text', ''],
    ['K19, D27 an empty list', []],
    ['D28 null', null],
    ['an empty body', undefined],
    ['K21, S09 an empty object', {}],
    ['K22, D30 an empty report', { batchItemFailures: [] }],
    ['a report of null', { batchItemFailures: null }],
    ['an object that reports nothing', { statusCode: 200 }],
  ])('%s is a success', (_name, value) => {
    expect(read(value)).toEqual({ kind: 'success', rule: 'answer.nothing-reported-is-success' });
  });

  it.each<[string, unknown, string, string]>([
    ['K10, D21 a number', report(123), 'answer.unknown-identifier-fails-batch', '123'],
    ['a number that looks like one of the batch', report(100), 'answer.unknown-identifier-fails-batch', '100'],
    ['an unknown text', report('999'), 'answer.unknown-identifier-fails-batch', '"999"'],
    ['a known and an unknown one', report('101', '999'), 'answer.unknown-identifier-fails-batch', '"999"'],
    ['K11 an empty text', report(''), 'answer.empty-identifier-fails-batch', 'empty'],
    ['D23 null', report(null), 'answer.empty-identifier-fails-batch', 'empty'],
    [
      'K13, D24 a wrong key',
      { batchItemFailures: [{ foo: 123 }] },
      'answer.item-without-identifier-fails-batch',
      'no itemIdentifier',
    ],
    [
      'a wrong key of null',
      { batchItemFailures: [{ foo: null }] },
      'answer.item-without-identifier-fails-batch',
      'no itemIdentifier',
    ],
    [
      'an item that is a text',
      { batchItemFailures: ['101'] },
      'answer.item-without-identifier-fails-batch',
      'no itemIdentifier',
    ],
    [
      'an item that is null',
      { batchItemFailures: [null] },
      'answer.item-without-identifier-fails-batch',
      'no itemIdentifier',
    ],
    [
      'no list',
      { batchItemFailures: { itemIdentifier: '101' } },
      'answer.failures-not-a-list-fails-batch',
      'an object',
    ],
    ['a text', 'Processed 3 records.', 'answer.not-an-object-fails-batch', 'a string'],
    ['a number as answer', 5, 'answer.not-an-object-fails-batch', 'a number'],
    ['a list', ['101'], 'answer.not-an-object-fails-batch', 'a list'],
  ])('%s fails the batch', (_name, value, rule, says) => {
    expect(read(value)).toMatchObject({ kind: 'invalid-response', rule, reason: expect.stringContaining(says) });
  });

  it('an answer that is no JSON fails the batch', () => {
    expect(readAnswer('sqs', { kind: 'not-json' }, () => [], reporting)).toMatchObject({
      kind: 'invalid-response',
      rule: 'answer.not-json-fails-batch',
    });
  });

  it.each<[SourceKind, readonly ItemIdentifier[], unknown, readonly number[]]>([
    ['sqs', ['m-1', 'm-2', 'm-3'], report('m-3', 'm-1', 'm-3'), [0, 2]],
    ['sqs-fifo', ['m-1', 'm-2', 'm-3'], report('m-2', 'm-3'), [1, 2]],
    ['kinesis', sequenceNumbers, report('101'), [1]],
    ['dynamodb', sequenceNumbers, report('100', '101', '102'), [0, 1, 2]],
    ['msk', offsets, report({ partition: 'orders-1', offset: 7 }), [2]],
    ['self-managed-kafka', offsets, report(offsets[1], offsets[0]), [0, 1]],
  ])('%s: reported items are indexes of the batch, each once, ascending', (kind, batch, value, failed) => {
    expect(read(value, reporting, kind, batch)).toEqual({ kind: 'partial', rule: 'answer.items-reported', failed });
  });

  it.each<[string, unknown]>([
    ['another partition', { partition: 'orders-2', offset: 7 }],
    ['another offset', { partition: 'orders-1', offset: 8 }],
    ['an offset as text', { partition: 'orders-0', offset: '7' }],
    ['a partition as number', { partition: 0, offset: 7 }],
    ['an offset alone', 7],
    ['the two in one text', 'orders-0:7'],
  ])('Kafka: %s is not in the batch', (_name, identifier) => {
    expect(read(report(identifier), reporting, 'msk', offsets)).toMatchObject({
      rule: 'answer.unknown-identifier-fails-batch',
    });
  });

  it('names every subset of a batch exactly', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }),
        fc.infiniteStream(fc.boolean()),
        (batch, coins) => {
          const failed = batch.map((_, index) => index).filter(() => coins.next().value);
          const outcome = read(report(...failed.map((index) => batch[index]).reverse()), reporting, 'sqs', batch);
          expect(outcome.kind === 'partial' ? outcome.failed : []).toEqual(failed);
        },
      ),
    );
  });

  it('asks for identifiers only when failures are reported', () => {
    const never = () => {
      throw new Error('asked');
    };
    expect(readAnswer('sqs', { kind: 'returned', value: {} }, never, reporting).kind).toBe('success');
    expect(() => readAnswer('sqs', { kind: 'returned', value: report('x') }, never, reporting)).toThrow('asked');
  });
});

describe('without ReportBatchItemFailures', () => {
  it.each([[null], ['text'], [5], [{}], [{ batchItemFailures: [] }], [{ batchItemFailures: 5 }]])(
    '%j is a success',
    (value) => {
      expect(read(value, silent)).toEqual({ kind: 'success' });
    },
  );

  it('a report is not read, and the outcome says so', () => {
    expect(read(report('101'), silent)).toEqual({ kind: 'success', rule: 'answer.report-ignored-unless-enabled' });
    expect(readAnswer('sqs', { kind: 'not-json' }, () => [], silent)).toEqual({ kind: 'success' });
  });
});

describe('in a tumbling window', () => {
  const open = (partialResponses: boolean) => ({ partialResponses, tumblingWindow: { final: false } });
  const final = (partialResponses: boolean) => ({ partialResponses, tumblingWindow: { final: true } });

  it('a state is handed on with its size', () => {
    expect(read({ state: { sum: 'é' } }, open(false))).toEqual({
      kind: 'success',
      windowState: { sum: 'é' },
      windowStateBytes: 12,
    });
    expect(read({ state: null }, open(true))).toMatchObject({
      kind: 'success',
      windowState: null,
      windowStateBytes: 4,
    });
  });

  it('a state beside reported failures is handed on too', () => {
    expect(read({ state: {}, ...report('101') }, open(true))).toMatchObject({
      kind: 'partial',
      failed: [1],
      windowState: {},
      windowStateBytes: 2,
    });
  });

  it.each([[null], [''], [{}], [[]], ['x'], [{ State: {} }]])('%j has no state, so the invocation failed', (value) => {
    expect(read(value, open(false))).toMatchObject({ kind: 'invalid-response', rule: 'answer.window-needs-state' });
  });

  it('a report without state, and an answer that is no JSON, failed too', () => {
    expect(read(report('101'), open(true))).toMatchObject({ rule: 'answer.window-needs-state' });
    expect(readAnswer('kinesis', { kind: 'not-json' }, () => [], open(false))).toMatchObject({
      rule: 'answer.window-needs-state',
    });
  });

  it('a useless report is called that, with or without state', () => {
    expect(read({ state: {}, ...report('999') }, open(true))).toMatchObject({
      rule: 'answer.unknown-identifier-fails-batch',
    });
  });

  it('the final invocation needs no state, and hands none on', () => {
    expect(read(null, final(false))).toEqual({ kind: 'success' });
    expect(read({ state: { sum: 1 } }, final(true), 'kinesis', [])).toEqual({
      kind: 'success',
      rule: 'answer.nothing-reported-is-success',
    });
  });
});

describe('no answer', () => {
  it.each<[FunctionAnswer, Outcome]>([
    [
      { kind: 'threw', errorType: 'TypeError', errorMessage: 'x\nand more' },
      { kind: 'error', rule: 'answer.error-fails-batch', errorType: 'TypeError', errorMessage: 'x' },
    ],
    [
      { kind: 'threw', errorType: 'Error', errorMessage: 'y'.repeat(500) },
      { kind: 'error', rule: 'answer.error-fails-batch', errorType: 'Error', errorMessage: `${'y'.repeat(199)}…` },
    ],
    [
      { kind: 'threw', errorType: 'Error', errorMessage: '' },
      { kind: 'error', rule: 'answer.error-fails-batch', errorType: 'Error' },
    ],
    [
      { kind: 'exited', exitCode: 1 },
      { kind: 'error', rule: 'answer.error-fails-batch', errorType: 'Runtime.ExitError' },
    ],
    [{ kind: 'out-of-memory' }, { kind: 'error', rule: 'answer.error-fails-batch', errorType: 'Runtime.ExitError' }],
    [
      { kind: 'too-large' },
      { kind: 'error', rule: 'answer.too-large-is-function-error', errorType: 'Function.ResponseSizeTooLarge' },
    ],
    [
      { kind: 'timed-out', timeoutMs: 3000 },
      { kind: 'timeout', rule: 'answer.timeout-is-function-error' },
    ],
    [
      { kind: 'throttled', reason: 'r' },
      { kind: 'throttled', reason: 'r' },
    ],
    [
      { kind: 'unreachable', reason: 'r' },
      { kind: 'unreachable', reason: 'r' },
    ],
  ])('%j', (answer, outcome) => {
    expect(readAnswer('sqs', answer, () => ['m'], reporting)).toEqual(outcome);
    expect(readAnswer('sqs', answer, () => ['m'], silent)).toEqual(outcome);
  });
});

describe('what AWS says about an error', () => {
  it.each<[FunctionAnswer, string]>([
    [
      { kind: 'timed-out', timeoutMs: 1000 },
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r-1 Error: Task timed out after 1.00 seconds"}',
    ],
    [
      { kind: 'too-large' },
      '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}',
    ],
    [
      { kind: 'exited', exitCode: 1 },
      '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r-1 Error: Runtime exited with error: exit status 1"}',
    ],
    [
      { kind: 'exited', exitCode: 0 },
      '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r-1 Error: Runtime exited without providing a reason"}',
    ],
    [
      { kind: 'out-of-memory' },
      '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r-1 Error: Runtime exited with error: signal: killed"}',
    ],
    [
      { kind: 'threw', errorType: 'Error', errorMessage: 'bad', stackTrace: ['at f'] },
      '{"errorType":"Error","errorMessage":"bad","stackTrace":["at f"]}',
    ],
    [{ kind: 'threw', errorType: 'Error', errorMessage: 'bad' }, '{"errorType":"Error","errorMessage":"bad"}'],
  ])('%j', (answer, payload) => {
    expect(JSON.stringify(errorPayload(answer, 'r-1'))).toBe(payload);
  });

  it('is nothing when it answered or never ran', () => {
    expect(errorPayload({ kind: 'returned', value: 1 }, 'r')).toBeUndefined();
    expect(errorPayload({ kind: 'throttled', reason: 'x' }, 'r')).toBeUndefined();
  });
});

describe('what a handler returns', () => {
  it('goes through JSON', () => {
    const answer = returnedAnswer({ at: new Date(0), nothing: undefined, list: [undefined, Number.NaN] });
    expect(answer).toEqual({ kind: 'returned', value: { at: '1970-01-01T00:00:00.000Z', list: [null, null] } });
  });

  it('is null when it is undefined', () => {
    expect(returnedAnswer(undefined)).toEqual({ kind: 'returned', value: null });
    expect(returnedAnswer(() => 1)).toEqual({ kind: 'returned', value: undefined });
  });

  it('is an error of the function when JSON cannot say it', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const error = { kind: 'threw', errorType: 'Error', errorMessage: 'Unable to stringify response body' };
    expect(returnedAnswer(circular)).toEqual(error);
    expect(returnedAnswer({ big: 1n })).toEqual(error);
  });

  it('may have as many bytes as AWS allows, and not one more', () => {
    const most = 'é'.repeat((RESPONSE_LIMIT_BYTES - 2) / 2);
    expect(returnedAnswer(most).kind).toBe('returned');
    expect(returnedAnswer(`${most}x`)).toEqual({ kind: 'too-large' });
  });

  it('is what was thrown, with its name and message', () => {
    expect(thrownAnswer(new TypeError('bad'))).toMatchObject({
      kind: 'threw',
      errorType: 'TypeError',
      errorMessage: 'bad',
      stackTrace: expect.arrayContaining(['TypeError: bad']),
    });
    expect(thrownAnswer('text')).toEqual({ kind: 'threw', errorType: 'string', errorMessage: 'text' });
  });
});
