/**
 * What is written to Redis within one turn of the event loop leaves in one piece. ioredis hands each command to the system
 * by itself, and for a poller under load these calls are the largest part of what a message costs. Nothing is reordered. In a
 * long turn, in which many answers are handled, what was held for a while leaves with the next command: Redis would stand
 * still until the end of the turn, and this process after it.
 */
import type { Socket } from 'node:net';
import type { Redis } from './libraries.ts';

const HOLD_MS = 0.3;

/** Gathers from its next connection on, and after each reconnection. Returns the same client. */
export function gatherWrites(redis: Redis): Redis {
  redis.on('connect', () => gather(redis.stream as Socket));
  return redis;
}

function gather(socket: Socket): void {
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
  let isOpen = false;
  let sinceMs = 0;
  const close = () => {
    isOpen = false;
    socket.uncork();
  };
  socket.write = (...parameters: unknown[]) => {
    if (!isOpen) {
      isOpen = true;
      sinceMs = performance.now();
      socket.cork();
      setImmediate(close);
    }
    const isWritten = write(...parameters);
    if (performance.now() - sinceMs > HOLD_MS) {
      socket.uncork();
      socket.cork();
      sinceMs = performance.now();
    }
    return isWritten;
  };
}
