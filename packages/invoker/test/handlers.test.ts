/** Handlers of every style, in a worker thread and in an isolated process alike. */
import type { FunctionDefinition, Invoker } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { type HandlerReference, isolatedInvoker, nodeRuntime, workerInvoker } from '../src/index.ts';
import { definitionOf, fixture, invocationOf, open } from './support.ts';

const kinds: readonly (readonly [string, (definition: FunctionDefinition, handler: HandlerReference) => Invoker])[] = [
  ['worker', (definition, handler) => workerInvoker(definition, { handler })],
  ['isolated', (definition, handler) => isolatedInvoker(definition, nodeRuntime(definition, handler))],
];

const styles: readonly (readonly [string, unknown])[] = [
  ['sync', { kind: 'returned', value: { got: 5 } }],
  ['async', { kind: 'returned', value: { got: 5 } }],
  ['callback', { kind: 'returned', value: { got: 5 } }],
  ['callbackDoesNotWait', { kind: 'returned', value: { got: 5 } }],
  ['callbackError', { kind: 'threw', errorType: 'RangeError', errorMessage: 'by callback' }],
  ['callbackNever', { kind: 'returned', value: null }],
  ['promiseNever', { kind: 'returned', value: null }],
  ['legacy', { kind: 'returned', value: { got: 5 } }],
  ['undefined', { kind: 'returned', value: null }],
  ['aFunction', { kind: 'returned', value: undefined }],
  ['bigint', { kind: 'threw', errorType: 'Error', errorMessage: 'Unable to stringify response body' }],
  ['throwsText', { kind: 'threw', errorType: 'string', errorMessage: 'just a text' }],
  [
    'throwsHostile',
    { kind: 'threw', errorType: 'Error', errorMessage: 'The handler threw something that cannot be read.' },
  ],
  ['throwsOddName', { kind: 'threw', errorType: 'Ünï\r\ncode', errorMessage: 'odd' }],
  ['uncaught', { kind: 'threw', errorType: 'TypeError', errorMessage: 'in a timer' }],
  [
    'unhandled',
    { kind: 'threw', errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'TypeError: nobody looked' },
  ],
];

describe.each(kinds)('%s', (_name, make) => {
  const file = fixture('handlers.cjs');
  const start = (name: string, changes: Partial<FunctionDefinition> = {}) =>
    open(make(definitionOf(changes), { file, export: name }));

  test.each(styles)('%s', async (name, answer) => {
    const invoker = start(name, { timeoutMs: 3_000 });
    const result = await invoker.invoke(invocationOf({ value: 5 }));
    expect(result.answer).toMatchObject(answer as object);
    expect(Object.keys(result.answer).filter((key) => key !== 'stackTrace')).toEqual(Object.keys(answer as object));
  });

  test('a huge error is cut', async () => {
    const { answer } = await start('throwsHuge', { memoryMb: 1024 }).invoke(invocationOf({}));
    expect(answer.kind === 'threw' && answer.errorMessage.length).toBe(65_536);
  });

  test('an answer by callback waits for what is still to happen', async () => {
    const result = await start('callbackWaits').invoke(invocationOf({ value: 5 }));
    expect(result.answer).toEqual({ kind: 'returned', value: { got: 5 } });
    expect(result.logs).toContain('after the callback');
  });

  test('each line of the console names its request', async () => {
    const invocation = invocationOf({});
    const { logs = '' } = await start('logs').invoke(invocation);
    const lines = logs
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').slice(1));
    expect(lines).toEqual([
      [invocation.requestId, 'INFO', 'to the log 7'],
      [invocation.requestId, 'ERROR', 'loud'],
    ]);
  });

  test.each([
    [{ file, export: 'absent' }, 'Runtime.HandlerNotFound'],
    [{ file, export: 'notAFunction' }, 'Runtime.HandlerNotFound'],
    [{ file: fixture('no-such-file.mjs') }, 'Runtime.ImportModuleError'],
    [{ file: fixture('broken-syntax.mjs') }, 'Runtime.UserCodeSyntaxError'],
  ])('%j cannot be loaded', async (handler, errorType) => {
    const { answer } = await open(make(definitionOf(), handler)).invoke(invocationOf({}));
    expect(answer).toMatchObject({ kind: 'threw', errorType });
  });

  test('variables that no environment can have', async () => {
    const invoker = start('sync', { env: { NODE_OPTIONS: '--no-such-option\0' } });
    expect((await invoker.invoke(invocationOf({}))).answer).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('could not be started'),
    });
    expect(invoker.environments()).toEqual({ running: 0, idle: 0 });
  });

  test('an event without JSON is refused', async () => {
    const event: { self?: unknown } = {};
    event.self = event;
    expect((await start('sync').invoke(invocationOf(event))).answer.kind).toBe('unreachable');
  });
});
