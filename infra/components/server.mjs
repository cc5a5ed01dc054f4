/** What private servers of one port share: how they find it, and what their starter holds of them. */
import { ComponentError, freePort } from './process.mjs';

const portAttempts = 8;

/**
 * Starts on the port that is wanted, else on a free one. Somebody else may take that first: `start` answers undefined
 * then, and another one is tried.
 */
export async function startSomewhere(port, start, takenCode, where = '127.0.0.1') {
  for (let attempt = 1; attempt <= (port === undefined ? portAttempts : 1); attempt += 1) {
    const tried = port ?? (await freePort());
    const server = await start(tried);
    if (server) return { server, port: tried };
  }
  throw new ComponentError(
    takenCode,
    `port ${port ?? ''} of ${where} is taken by another program; choose another one.`,
  );
}

/** See server.d.mts. */
export function running({ server, port }, stopGraceMs) {
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    exited: server.exited,
    isGone: server.isGone,
    stop: () => server.end(stopGraceMs),
    kill: () => server.kill(),
    pause: () => void server.signal('SIGSTOP'),
    resume: () => void server.signal('SIGCONT'),
  };
}
