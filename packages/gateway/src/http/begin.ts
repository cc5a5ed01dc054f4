/**
 * When a request begins to be carried out.
 *
 * 1. While what the gateway stands on is away a request waits for a moment, unread, and is then refused: clients give up
 *    in their own time and ask again.
 * 2. Nothing is begun for a client that has given up, because it will ask again.
 */
import type { ServerResponse } from 'node:http';
import { SqsError } from '../errors.ts';
import { type ExchangeTools, hasLeft } from './tools.ts';

const AWAY_MS = 5000;
const LOOK_MS = 50;

/** `read` reads the request, or fails when its client is gone. @throws {SqsError} when it is not to be carried out */
export async function begin<T>(tools: ExchangeTools, response: ServerResponse, read: () => Promise<T>): Promise<T> {
  const { clock } = tools.service;
  const hasWaited = !tools.isReached();
  if (hasWaited) await untilReached(tools, response);
  const request = await read();
  // That a client has given up comes after all that it had sent.
  if (hasWaited) await clock.until(clock.now() + LOOK_MS);
  if (hasLeft(response)) throw unavailable('The client did not wait.');
  return request;
}

async function untilReached({ service, isReached }: ExchangeTools, response: ServerResponse): Promise<void> {
  const { clock } = service;
  const untilMs = clock.now() + AWAY_MS;
  while (!isReached() && !hasLeft(response)) {
    if (clock.now() >= untilMs) throw unavailable('What the gateway stands on is away; nothing was done. Try again.');
    await clock.until(clock.now() + LOOK_MS);
  }
}

function unavailable(message: string): SqsError {
  return new SqsError('ServiceUnavailable', message);
}
