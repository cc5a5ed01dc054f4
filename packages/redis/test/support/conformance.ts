/**
 * The suite of a port, which its adapter on Redis passes on one server and in cluster mode, where a script is refused whose
 * keys are not all in one slot. So does the adapter in memory, which is the suite's own measure.
 */
import type { Clock } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { connectRedis, type RedisClient } from '../../src/index.ts';
import { HandClock } from './handClock.ts';
import { ownCluster, ownRedis } from './ownRedis.ts';

/** Time that only the case moves. */
interface Time {
  now(): number;
  advance(ms: number): Promise<void>;
}

interface Adapters<Substrate, Subject> {
  readonly cases: readonly { readonly name: string; run(subject: Subject): Promise<void> }[];
  onRedis(options: { redis: string | RedisClient; prefix: string; clock: Clock; now(): number }): Substrate;
  inMemory(options: { clock: Clock }): Substrate;
  /** An empty substrate as its cases take it. */
  subject(substrate: Substrate, time: Time): Subject;
}

export function conformance<Substrate extends { close(): Promise<void> }, Subject>(
  title: string,
  { cases, onRedis, inMemory, subject }: Adapters<Substrate, Subject>,
): void {
  const redis = ownRedis(connectRedis);
  const cluster = ownCluster();
  let substrates = 0;
  const on = (where: string | RedisClient, clock: HandClock) =>
    onRedis({ redis: where, prefix: `conformance-${++substrates}`, clock, now: () => clock.now() });

  describe.each([
    ['on Redis', (clock: HandClock) => on(redis.url, clock)],
    ['on Redis Cluster', (clock: HandClock) => on(cluster.client, clock)],
    ['in memory', (clock: HandClock) => inMemory({ clock })],
  ])(`${title} %s`, (_where, open) => {
    test.each(cases)('$name', async ({ run }) => {
      const clock = new HandClock();
      const substrate = open(clock);
      const time = { now: () => clock.now(), advance: async (ms: number) => clock.forward(ms) };
      await expect(run(subject(substrate, time)).finally(() => substrate.close())).resolves.toBeUndefined();
    });
  });
}
