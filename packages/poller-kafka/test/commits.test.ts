/** Commits that go together, are tried again, or are refused. */
import { systemClock } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { Commits } from '../src/commits.ts';
import { FakeTopic, QUIET } from './support/fake.ts';
import { eventually, later } from './support/poller.ts';

describe('commits', () => {
  function commitsOf() {
    const topic = new FakeTopic([[0, 10]]);
    const member = topic.join('poller-0', QUIET);
    member.assign([0]);
    let refusals = 0;
    const told: string[] = [];
    const commits = new Commits({
      member,
      generation: 1,
      clock: systemClock,
      onRefused: () => (refusals += 1),
      onTroubled: (problem) => told.push(problem),
      onRecovered: () => told.push('recovered'),
    });
    return { member, commits, told, refusals: () => refusals };
  }

  test('that come together go together, and none goes back', async () => {
    const { member, commits } = commitsOf();
    for (const offset of [3, 6, 5]) expect(commits.commit(new Map([[0, offset]]))).toBe(true);
    await commits.flush();
    expect(member.commits.flat()).toEqual([
      [0, 3],
      [0, 6],
    ]);
  });

  test('are tried again while the brokers are away', async () => {
    const { member, commits, refusals } = commitsOf();
    member.outcomes = ['down', 'down'];
    expect(commits.commit(new Map([[0, 3]]))).toBe(true);
    await commits.flush();
    expect([member.commits, refusals()]).toEqual([[[[0, 3]]], 0]);
  });

  test('that do not come through are told of, and tried ever more rarely; nobody who closes waits that long', async () => {
    const { member, commits, told } = commitsOf();
    member.outcomes = ['down', 'down', 'down', 'down'];
    commits.commit(new Map([[0, 3]]));
    await eventually('it waits for longer', () => told.length === 3);
    await later(600);
    expect(told).toEqual(Array(3).fill('the brokers are away'));
    const beganMs = systemClock.now();
    await commits.flush();
    expect(systemClock.now() - beganMs).toBeLessThan(390);
    expect([member.commits, told.slice(3)]).toEqual([[[[0, 3]]], ['the brokers are away', 'recovered']]);
  });

  test('that never come through are nobody’s trouble once they are given up', async () => {
    const { member, commits, told } = commitsOf();
    member.outcomes = Array(9).fill('down');
    commits.commit(new Map([[0, 3]]));
    await later(10);
    commits.end();
    expect(told).toEqual(['the brokers are away', 'recovered']);
  });

  test('end with a refusal, which is told once', async () => {
    const { member, commits, refusals } = commitsOf();
    member.outcomes = [false];
    commits.commit(new Map([[0, 3]]));
    commits.commit(new Map([[0, 4]]));
    await commits.flush();
    expect([commits.commit(new Map([[0, 5]])), member.commits, refusals()]).toEqual([false, [], 1]);
  });

  test('end where nobody reads any more, also while they are tried again', async () => {
    const { member, commits, refusals } = commitsOf();
    member.outcomes = ['down', 'down', 'down', 'down', 'down'];
    commits.commit(new Map([[0, 4]]));
    commits.end();
    await commits.flush();
    expect([member.commits, refusals()]).toEqual([[], 0]);
  });
});
