#!/usr/bin/env node
/** Redis for a person: `node infra/redis.mjs`, then REDIS_URL=redis://127.0.0.1:6379 for Millrace. */
import { runInForeground } from './components/foreground.mjs';
import { ensureRedis, redisAnswers, startRedis } from './components/redis.mjs';

const help = `node infra/redis.mjs [--port 6379] [--data FOLDER]

Starts Redis on 127.0.0.1 and stops it on Ctrl-C; installs redis-server where that is allowed (root on Debian or Ubuntu,
Homebrew; MILLRACE_INSTALL=never forbids it). Does nothing when one answers on the port already.
--data FOLDER   keeps what is written, in append-only files in that folder; without it everything is gone at the end.`;

await runInForeground({
  name: 'Redis',
  defaultPort: 6379,
  options: { data: { type: 'string' } },
  help,
  url: (port) => `redis://127.0.0.1:${port}`,
  answers: redisAnswers,
  ensure: ensureRedis,
  start: ({ port, data }) => startRedis(data === undefined ? { port } : { port, dir: data, appendOnly: true }),
});
