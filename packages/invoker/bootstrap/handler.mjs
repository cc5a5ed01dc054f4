/**
 * What a Node.js runtime of Lambda does around a handler, apart from where its events come from: finding the handler,
 * its context, calling it, and saying what came of it. Plain JavaScript, because worker threads and processes load it
 * without a build; it uses nothing but Node.
 *
 * 1. `call` settles once; what comes later is dropped.
 * 2. A handler that leaves nothing to wait for and has not answered has answered `null`, as on AWS.
 * 3. A callback's answer waits until the event loop is empty, unless the handler says otherwise, as on AWS.
 */
import { access } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

/** The longest answer that is sent on; the host refuses it anyway. */
export const RESPONSE_LIMIT_BYTES = 6_291_556;
const LONGEST_MESSAGE = 65_536;
const LONGEST_STACK_LINES = 50;

/** A failure to load, under the error types of AWS. */
class LoadError extends Error {
  constructor(name, message, cause) {
    super(message, { cause });
    this.name = name;
  }
}

/** The function that `exportName` names in the file; '' means `handler`, else the default export. */
export async function loadHandler(file, exportName) {
  const exports = await importFile(file);
  const all = { ...(typeof exports.default === 'object' ? exports.default : undefined), ...exports };
  const found = exportName === '' ? (all.handler ?? exports.default) : all[exportName];
  if (typeof found === 'function') return found;
  const name = exportName || 'handler';
  throw found === undefined
    ? new LoadError('Runtime.HandlerNotFound', `${file} has no export ${name}.`)
    : new LoadError('Runtime.HandlerNotFound', `The export ${name} of ${file} is not a function.`);
}

async function importFile(file) {
  try {
    await access(file);
  } catch (cause) {
    throw new LoadError('Runtime.ImportModuleError', `There is no file ${file}.`, cause);
  }
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new LoadError('Runtime.UserCodeSyntaxError', cause.message, cause);
    if (cause?.code === 'ERR_MODULE_NOT_FOUND' || cause?.code === 'MODULE_NOT_FOUND')
      throw new LoadError('Runtime.ImportModuleError', cause.message, cause);
    throw cause;
  }
}

/** The second parameter of a handler. `about`: name, arn, memoryMb, logGroup, logStream. */
export function makeContext(about, requestId, deadlineMs, settle = () => {}) {
  return {
    functionName: about.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: about.arn,
    memoryLimitInMB: String(about.memoryMb),
    awsRequestId: requestId,
    logGroupName: about.logGroup,
    logStreamName: about.logStream,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    done: (error, value) => settle(error, value),
    succeed: (value) => settle(undefined, value),
    fail: (error) => settle(error ?? 'handled'),
  };
}

/**
 * Calls the handler. `settled(failed, value)` is called once. Returns what to call when the event loop is empty; it
 * settles a handler that can no longer answer. Where nobody can know that, callbacks are not made to wait.
 */
export function call(handler, event, about, { requestId, deadlineMs, mayWait = true }, settled) {
  let open = true;
  let held;
  const finish = (failed, value) => {
    if (!open) return;
    open = false;
    settled(failed, value);
  };
  const callback = (error, value) => {
    if (!open || held) return;
    held = error ? [true, error] : [false, value];
    if (error || !mayWait || !context.callbackWaitsForEmptyEventLoop) finish(...held);
  };
  const context = makeContext(about, requestId, deadlineMs, callback);
  try {
    const returned = handler(event, context, callback);
    if (typeof returned?.then === 'function') {
      returned.then(
        (value) => finish(false, value),
        (thrown) => finish(true, thrown),
      );
    } else if (handler.length < 3 && !held) finish(false, returned);
  } catch (thrown) {
    finish(true, thrown);
  }
  return () => finish(...(held ?? [false, null]));
}

/** The JSON of an answer: `undefined` for what JSON cannot say, `{ tooLarge }`, or the error of an answer like a circle. */
export function answerText(value) {
  let text;
  try {
    text = value === undefined ? 'null' : JSON.stringify(value);
  } catch {
    return { error: { errorType: 'Error', errorMessage: 'Unable to stringify response body' } };
  }
  if (text !== undefined && (text.length > RESPONSE_LIMIT_BYTES || Buffer.byteLength(text) > RESPONSE_LIMIT_BYTES))
    return { tooLarge: true };
  return { text };
}

/** What a thrown value is on the wire; bounded, and safe against errors whose own properties throw. */
export function errorOf(thrown) {
  try {
    if (!(thrown instanceof Error) && !isErrorLike(thrown))
      return { errorType: typeof thrown, errorMessage: clip(String(thrown)) };
    const lines = clip(String(thrown.stack ?? '')).split('\n');
    const stackTrace = lines.slice(0, LONGEST_STACK_LINES).map((line) => line.trim());
    return { errorType: clip(String(thrown.name || 'Error')), errorMessage: clip(String(thrown.message)), stackTrace };
  } catch {
    return { errorType: 'Error', errorMessage: 'The handler threw something that cannot be read.' };
  }
}

/** Errors of another realm. */
function isErrorLike(thrown) {
  return Object.prototype.toString.call(thrown) === '[object Error]';
}

function clip(text) {
  return text.length > LONGEST_MESSAGE ? text.slice(0, LONGEST_MESSAGE) : text;
}

/** As AWS reports a rejection that nobody handled. */
export function rejectionOf(reason) {
  const { errorMessage, stackTrace } = errorOf(reason);
  const type = reason instanceof Error ? `${reason.name}: ` : '';
  return { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: `${type}${errorMessage}`, stackTrace };
}

/** Each line of the console says when, for which request and how loud, as AWS writes it. */
export function labelConsole(requestId) {
  const levels = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...values) => {
      const text = format(...values).replaceAll('\n', '\r');
      process.stdout.write(`${new Date().toISOString()}\t${requestId() ?? 'undefined'}\t${level}\t${text}\n`);
    };
  }
}
