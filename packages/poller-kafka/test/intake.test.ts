/** What a member reads ahead, and what it says of records that do not come. */
import { describe, expect, test } from 'vitest';
import { Intake } from '../src/intake.ts';
import { Place } from '../src/place.ts';
import type { TopicPolled } from '../src/polled.ts';
import { positionOf } from '../src/position.ts';
import { FakeTopic, QUIET } from './support/fake.ts';
import { context, lanes, records } from './support/records.ts';

describe('what is read ahead', () => {
  const clock = { nowMs: 0 };

  function intakeOf(awaited = new Map<number, Set<number>>()) {
    const topic = new FakeTopic([
      [0, 0],
      [0, 0],
    ]);
    const member = topic.join('poller-0', QUIET);
    const places = [...lanes].map(([partition, lane]) => new Place(partition, lane, 0));
    let [taken, missed] = [0, 0];
    const intake = new Intake({
      member,
      context,
      places,
      awaited,
      onTaken: () => (taken += 1),
      onMissed: (count) => (missed += count),
      now: () => clock.nowMs,
    });
    return { intake, member, told: () => ({ taken, missed }) };
  }

  test('is bounded: the member is held back until there is room', async () => {
    const { intake } = intakeOf();
    intake.take(0, records(0, 0, 2_000));
    const room = intake.room();
    expect(room).toBeInstanceOf(Promise);
    expect(intake.give(500)).toHaveLength(500);
    await room;
    expect(intake.room()).toBeUndefined();
  });

  test('leaves out what the poller does not want, and pauses it when there is enough of it', () => {
    const { intake, member, told } = intakeOf();
    intake.except(['t-0']);
    intake.take(0, records(0, 0, 999));
    expect([told().taken, intake.hasSomething, member.paused.size]).toEqual([0, false, 0]);
    intake.take(0, records(0, 999, 6_000));
    expect([...member.paused]).toEqual([0]);
    expect(intake.room()).toBeUndefined();
    intake.take(1, records(1, 0, 2));
    expect(intake.give(10).map(({ lane }) => lane)).toEqual(['t-1', 't-1']);
    intake.except(undefined);
    expect(member.paused.size).toBe(0);
    expect(intake.room()).toBeInstanceOf(Promise);
    expect(intake.give(10_000)).toHaveLength(6_000);
  });

  test('pauses what the poller does not want by its bytes too', () => {
    const { intake, member } = intakeOf();
    intake.except(['t-0']);
    intake.take(0, records(0, 0, 2, 'A'.repeat(1_500_000)));
    expect(member.paused.size).toBe(0);
    intake.take(0, records(0, 2, 3, 'A'.repeat(1_500_000)));
    expect([...member.paused]).toEqual([0]);
  });

  test('lets go of the memory of others once the poller has not wanted it for a while, and not sooner', () => {
    const { intake } = intakeOf();
    const settled = new Set<TopicPolled>();
    const watched = (partition: number, from: number, to: number) => {
      const those = records(partition, from, to);
      for (const record of those) record.settle = () => void settled.add(record);
      return those;
    };
    intake.take(0, watched(0, 0, 10));
    intake.except(['t-0']);
    clock.nowMs += 900;
    intake.take(1, watched(1, 0, 10));
    intake.except(undefined);
    intake.except(['t-0']);
    clock.nowMs += 900;
    intake.take(1, watched(1, 10, 20));
    expect(settled.size).toBe(0);
    clock.nowMs += 200;
    intake.take(1, watched(1, 20, 30));
    expect([...settled].map(({ lane }) => lane)).toEqual(Array(10).fill('t-0'));
    intake.take(0, watched(0, 10, 15));
    expect(settled.size).toBe(15);
  });

  test('gives each partition its turn', () => {
    const { intake } = intakeOf();
    intake.take(0, records(0, 0, 10));
    intake.take(1, records(1, 0, 10));
    expect(intake.give(2).map(({ lane }) => lane)).toEqual(['t-0', 't-0']);
    expect(intake.give(2).map(({ lane }) => lane)).toEqual(['t-1', 't-1']);
  });

  test('says which records that are waited for will never come', () => {
    const { intake, told } = intakeOf(new Map([[0, new Set([3, 7, 20])]]));
    intake.take(0, records(0, 0, 3));
    intake.take(0, records(0, 5, 6));
    expect(intake.trimmed()).toEqual([positionOf(0, 3)]);
    intake.overtaken(0, 10);
    expect(intake.trimmed()).toEqual([positionOf(0, 7)]);
    expect([told().missed, intake.next(0)]).toEqual([4, 10]);
  });

  test('says it of holes inside an answer too, and never of what came', () => {
    const { intake } = intakeOf(new Map([[0, new Set([5, 6, 7])]]));
    intake.take(0, [...records(0, 5, 6), ...records(0, 7, 9)]);
    expect(intake.trimmed()).toEqual([positionOf(0, 6)]);
    intake.overtaken(0, 20);
    expect(intake.trimmed()).toEqual([]);
  });

  test('says it also of a partition that is not wanted now', () => {
    const { intake, told } = intakeOf(new Map([[0, new Set([1])]]));
    intake.except(['t-0']);
    intake.take(0, records(0, 2, 3));
    expect([told().taken, intake.hasSomething]).toEqual([1, true]);
  });

  test('takes and gives nothing once it was stopped', async () => {
    const { intake } = intakeOf();
    intake.take(0, records(0, 0, 5_000));
    const room = intake.room();
    intake.stop();
    await room;
    intake.take(0, records(0, 5_000, 5_001));
    expect([intake.give(10), intake.next(0), intake.room()]).toEqual([[], undefined, undefined]);
  });
});
