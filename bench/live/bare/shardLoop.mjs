/** The quickest that one can read shards from Redis: pipelined XRANGE of all of them, one batch of each at a time. */
import { Redis } from '../libraries.mjs';
import { report, settings } from './report.mjs';

const { redisUrl, stream, prefix, batch } = settings;
const redis = new Redis(redisUrl);
let done = 0;

/** Where the substrate keeps the records of a stream: see packages/redis/src/streams/keys.ts. */
async function shardKeys() {
  const meta = `${prefix}:{s/${stream}}:meta`;
  const [revision, count] = await redis.hmget(meta, 'rev', 'shards');
  const generation = revision.slice(0, revision.indexOf('.'));
  return Array.from({ length: Number(count) }, (_, number) => `${meta}:${generation}:${number}`);
}

async function loop(keys) {
  let open = keys.map((key) => ({ key, after: '-' }));
  while (open.length > 0) {
    const pipeline = redis.pipeline();
    for (const { key, after } of open) pipeline.xrange(key, after, '+', 'COUNT', batch);
    const replies = await pipeline.exec();
    const going = [];
    for (const [index, [error, entries]] of replies.entries()) {
      if (error) throw error;
      if (entries.length === 0) continue;
      done += entries.length;
      going.push({ key: open[index].key, after: `(${entries.at(-1)[0]}` });
    }
    open = going;
  }
}

void loop(await shardKeys());
report(() => done);
