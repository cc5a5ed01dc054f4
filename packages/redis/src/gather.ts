/**
 * What is written to Redis within one turn of the event loop leaves in one piece. ioredis hands each command to the system
 * by itself, and for a poller under load these calls are the largest part of what a message costs. Nothing is reordered or
 * held back: the turn's end is where replies could be read at the earliest.
 */
import type { Socket } from 'node:net';
import type { Redis } from './libraries.ts';

/** Gathers from its next connection on, and after each reconnection. Returns the same client. */
export function gatherWrites(redis: Redis): Redis {
  redis.on('connect', () => gather(redis.stream as Socket));
  return redis;
}

function gather(socket: Socket): void {
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
  let isOpen = false;
  const close = () => {
    isOpen = false;
    socket.uncork();
  };
  socket.write = (...parameters: unknown[]) => {
    if (!isOpen) {
      isOpen = true;
      socket.cork();
      setImmediate(close);
    }
    return write(...parameters);
  };
}
