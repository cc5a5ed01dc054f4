/**
 * A runtime for Node.js handlers that speaks the Lambda Runtime API. `_HANDLER` is `file#export` (an absolute file; the
 * export may be left out). Everything else it needs is in Lambda's own environment variables.
 */
import { answerText, call, errorOf, labelConsole, loadHandler, rejectionOf } from './handler.mjs';
import { RuntimeClient } from './runtime-client.mjs';

const { AWS_LAMBDA_RUNTIME_API: api = '', _HANDLER: reference = '' } = process.env;
const client = new RuntimeClient(api, () => process.exit(1));
let current;

labelConsole(() => current?.requestId);

function report(path, error) {
  const headers = { 'content-type': 'application/json', 'lambda-runtime-function-error-type': error.errorType };
  return client.ask('POST', path, JSON.stringify(error), headers);
}

async function next(handler) {
  const { headers, body } = await client.ask('GET', 'invocation/next');
  const requestId = headers['lambda-runtime-aws-request-id'];
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  const about = aboutFunction(headers['lambda-runtime-invoked-function-arn']);
  current = { requestId };
  current.loopIsEmpty = call(handler, JSON.parse(body), about, { requestId, deadlineMs }, async (failed, value) => {
    current = undefined;
    await answer(requestId, failed ? { error: errorOf(value) } : answerText(value));
    next(handler);
  });
}

/** What the handler wrote goes out before its answer, so that it counts as written meanwhile. */
async function answer(requestId, { error, tooLarge, text }) {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
  }
  if (error) return report(`invocation/${requestId}/error`, error);
  // The host refuses what is too large; it is told so by a body of that length, which need not be the answer itself.
  const body = tooLarge ? Buffer.alloc(6_291_557, 0x20) : (text ?? '');
  return client.ask('POST', `invocation/${requestId}/response`, body, { 'content-type': 'application/json' });
}

function aboutFunction(arn) {
  const { env } = process;
  return {
    name: env.AWS_LAMBDA_FUNCTION_NAME,
    arn,
    memoryMb: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroup: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStream: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

/** An error outside of any call ends the environment, as on AWS. */
async function crash(thrown, error, exitCode) {
  console.error(thrown);
  const { requestId } = current ?? {};
  current = undefined;
  if (requestId) await report(`invocation/${requestId}/error`, error);
  process.exit(exitCode);
}

process.on('beforeExit', () => current?.loopIsEmpty?.());
process.on('uncaughtException', (thrown) => crash(thrown, errorOf(thrown), 129));
process.on('unhandledRejection', (reason) => crash(reason, rejectionOf(reason), 128));

try {
  const cut = reference.lastIndexOf('#');
  const file = cut < 0 ? reference : reference.slice(0, cut);
  next(await loadHandler(file, cut < 0 ? '' : reference.slice(cut + 1)));
} catch (thrown) {
  await report('init/error', errorOf(thrown));
  process.exit(1);
}
