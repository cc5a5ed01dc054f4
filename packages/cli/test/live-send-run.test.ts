/** What a sending says of itself when it is interrupted. */
import { expect, test } from 'vitest';
import { HandClock, settle } from '../../poller-sqs/test/support/handClock.ts';
import { type SendOptions, type SendReport, sendFixture } from '../src/live/sendRun.ts';
import type { Parcel, SendTarget } from '../src/live/sendTarget.ts';

test('what is under way when it is told to stop, and is not answered in time, may be there', async () => {
  const clock = new HandClock();
  const stopping = new AbortController();
  let given = 0;
  const target: SendTarget = {
    kind: 'sqs',
    name: 'q',
    place: 'here',
    batch: { records: 10, bytes: 1000 },
    knowsRepetitions: false,
    parcel: (): Parcel => ({ lane: undefined, bytes: 1 }),
    // The first batch is answered, the others never are.
    send: (parcels) => {
      given += parcels.length;
      return given <= 10 ? Promise.resolve(parcels.map(() => ({ kind: 'sent' }))) : new Promise(() => {});
    },
    close: () => {},
  };
  const options: SendOptions<Parcel> = {
    target,
    open: async () => {
      const arrivals = Array.from({ length: 25 }, () => ({ atMs: 0, source: 0, payload: { body: 'x' } }));
      return { next: () => arrivals };
    },
    perSecond: undefined,
    limit: 25,
    loop: false,
    clock,
    signal: stopping.signal,
    onProgress: () => {},
  };
  let report: SendReport | undefined;
  void sendFixture(options).then((said) => {
    report = said;
  });
  await settle();
  stopping.abort();
  await settle();
  await clock.forward(3000);
  expect(report).toMatchObject({ sent: 10, unknown: 15, failure: undefined });
});
