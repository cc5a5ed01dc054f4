/** Looks at a source: what they leave behind. */
import { expect, test, vi } from 'vitest';
import { Looks } from '../src/drive/looks.ts';
import { HandClock } from './support/handClock.ts';
import { HandSource } from './support/handSource.ts';
import { settled } from './support/ordered.ts';

function story() {
  const [clock, source] = [new HandClock(), new HandSource()];
  const told: string[] = [];
  const looks = new Looks({
    source,
    clock,
    told: (fact) => void told.push(fact.what),
    troubled: () => {},
  });
  const look = (inMs: number) => looks.look({ do: 'discover', notBefore: clock.now() + inMs });
  return { clock, source, told, looks, look };
}

// On Node 20 every signal that AbortSignal.any makes is kept by those it was made of, as long as they live.
test('leave nothing at the signal that lives as long as the mapping', async () => {
  const any = vi.spyOn(AbortSignal, 'any');
  const { clock, told, looks, look } = story();
  for (let time = 0; time < 3; time += 1) {
    look(10_000);
    await clock.advance(10_000);
  }
  expect([told.length, any.mock.calls.length]).toEqual([3, 0]);
  looks.close();
  any.mockRestore();
});

test('that wait are over when they are closed, and none is begun after that', async () => {
  const { clock, source, looks, look } = story();
  look(10_000);
  looks.close();
  look(0);
  await clock.advance(60_000);
  await settled();
  expect(source.looked).toBe(0);
});
