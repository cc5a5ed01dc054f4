/** A turn that is held: how it ends. */
import { systemClock } from '@millrace/runtime';
import type { Job } from 'bullmq';
import { expect, test } from 'vitest';
import { HeldTurn } from '../../src/turns/held.ts';

test('one that is asked to end before it has begun is lost after its time all the same', async () => {
  const turn = new HeldTurn('a', {} as Job, 'token', { clock: systemClock, lockMs: 1000 });
  turn.end(20);
  turn.lasts(60_000, () => {});
  await new Promise((resolve) => turn.lost.addEventListener('abort', resolve, { once: true }));
  expect(turn.ending.aborted).toBe(true);
  turn.close();
}, 2000);
