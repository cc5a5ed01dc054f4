/** The quickest that one can read from Redis: pipelined XREADGROUP, XACK and XDEL of a stream. */
import { Redis } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { redisUrl, stream, batch } = settings;
const redis = new Redis(redisUrl);
let done = 0;

async function loop() {
  const read = () => redis.xreadgroup('GROUP', 'bench', 'one', 'COUNT', batch, 'STREAMS', stream, '>');
  let reply = await read();
  while (reply) {
    const ids = reply[0][1].map(([id]) => id);
    // The next batch is asked for in the same pipeline that settles this one.
    const answers = await redis
      .pipeline()
      .xack(stream, 'bench', ...ids)
      .xdel(stream, ...ids)
      .xreadgroup('GROUP', 'bench', 'one', 'COUNT', batch, 'STREAMS', stream, '>')
      .exec();
    done += ids.length;
    reply = answers[2][1];
  }
}

void loop();
report(() => done);
