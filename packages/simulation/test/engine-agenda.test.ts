/** The clock of a run: what happens when, in which order, and what keeps a run alive. */
import { describe, expect, it } from 'vitest';
import { Agenda } from '../src/engine/agenda.ts';

/** Takes and does everything, passive events too if asked; what was done, with its time. */
async function runAll(agenda: Agenda, passiveToo = false): Promise<void> {
  while (agenda.peek(passiveToo) !== undefined) {
    await agenda.take()?.();
    agenda.settle();
  }
}

function diary(agenda: Agenda) {
  const done: string[] = [];
  return { done, write: (what: string) => () => void done.push(`${agenda.nowMs} ${what}`) };
}

describe('order', () => {
  it('by time, then by urgency, then as entered', async () => {
    const agenda = new Agenda(100);
    const { done, write } = diary(agenda);
    agenda.at(200, write('second'));
    agenda.at(150, write('late of 150'));
    agenda.at(150, write('later of 150'));
    agenda.at(150, write('event of the file'), { urgency: 0 });
    await runAll(agenda);
    expect(done).toEqual(['150 event of the file', '150 late of 150', '150 later of 150', '200 second']);
  });

  it('keeps thousands in order', async () => {
    const agenda = new Agenda(0);
    const { done, write } = diary(agenda);
    for (let index = 0; index < 5000; index += 1) agenda.at((index * 7919) % 5000, write(''));
    await runAll(agenda);
    const times = done.map((line) => Number.parseInt(line, 10));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times).toHaveLength(5000);
  });

  it('what is entered for the past happens now; time never goes back', async () => {
    const agenda = new Agenda(100);
    const { done, write } = diary(agenda);
    agenda.at(20, write('too late'));
    await runAll(agenda);
    expect(done).toEqual(['100 too late']);
  });

  it('waits for what takes its time', async () => {
    const agenda = new Agenda(0);
    const { done, write } = diary(agenda);
    agenda.at(1, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      write('slow')();
    });
    agenda.at(2, write('after'));
    await runAll(agenda);
    expect(done).toEqual(['1 slow', '2 after']);
  });
});

describe('soon', () => {
  it('after what is being done, before anything else of the instant, and what it puts off comes after it', async () => {
    const agenda = new Agenda(0);
    const { done, write } = diary(agenda);
    agenda.at(5, () => {
      agenda.soon(() => {
        write('b')();
        agenda.soon(write('d'));
      });
      agenda.soon(write('c'));
      write('a')();
    });
    agenda.at(5, write('e'));
    await runAll(agenda);
    expect(done).toEqual(['5 a', '5 b', '5 c', '5 d', '5 e']);
  });

  it('in any order when a test of order shuffles it, each once', () => {
    const agenda = new Agenda(0);
    const { done, write } = diary(agenda);
    agenda.shuffle = (n) => n - 1;
    for (const what of ['a', 'b', 'c', 'd']) agenda.soon(write(what));
    agenda.settle();
    expect([...done].sort()).toEqual(['0 a', '0 b', '0 c', '0 d']);
    expect(done).not.toEqual(['0 a', '0 b', '0 c', '0 d']);
  });
});

describe('what keeps a run alive', () => {
  it('passive events happen while there are others, and never alone', async () => {
    const agenda = new Agenda(0);
    const { done, write } = diary(agenda);
    agenda.at(10, write('look'), { passive: true });
    agenda.at(20, write('work'));
    agenda.at(30, write('look again'), { passive: true });
    await runAll(agenda);
    expect(done).toEqual(['10 look', '20 work']);
    expect(agenda.nowMs).toBe(20);
    expect(agenda.peek(true)).toBe(30);
  });

  it('what is cancelled does not, and never happens; cancelling twice or too late does no harm', async () => {
    const agenda = new Agenda(0);
    const { done, write } = diary(agenda);
    const first = agenda.at(10, write('no'));
    const second = agenda.at(5, write('yes'));
    agenda.cancel(first);
    agenda.cancel(first);
    expect(agenda.peek(false)).toBe(5);
    await runAll(agenda);
    agenda.cancel(second);
    expect(done).toEqual(['5 yes']);
    expect(agenda.peek(true)).toBeUndefined();
    expect(agenda.take()).toBeUndefined();
  });
});
