#!/usr/bin/env node
/** kinesis-mock for a person: `node infra/kinesis.mjs`, then AWS_ENDPOINT_URL_KINESIS=http://127.0.0.1:4568 for any client. */
import { runInForeground } from './components/foreground.mjs';
import { ensureKinesisMock, kinesisAnswers, startKinesisMock } from './components/kinesisMock.mjs';
import { ComponentError } from './components/process.mjs';

const help = `node infra/kinesis.mjs [--port 4568] [--stream NAME:SHARDS]...

Starts kinesis-mock, a Kinesis for tests, on 127.0.0.1 and stops it on Ctrl-C; its data goes with it. Fetches it from npm
once (MILLRACE_INSTALL=never forbids it). Does nothing when one answers on the port already.
--stream NAME:SHARDS   a stream that exists from the start; may be given several times.`;

function streamsOf(wanted = []) {
  const entries = wanted.map((each) => {
    const [, name, shards] = /^([\w.-]{1,128}):([1-9]\d{0,3})$/.exec(each) ?? [];
    if (name) return [name, Number(shards)];
    throw new ComponentError('STREAM_INVALID', `--stream is NAME:SHARDS, such as orders:4, not ${each}.`);
  });
  return Object.fromEntries(entries);
}

await runInForeground({
  name: 'kinesis-mock',
  defaultPort: 4568,
  options: { stream: { type: 'string', multiple: true } },
  help,
  url: (port) => `http://127.0.0.1:${port}`,
  answers: kinesisAnswers,
  ensure: ensureKinesisMock,
  start: ({ port, stream }) => startKinesisMock({ port, streams: streamsOf(stream) }),
});
