/** Reading what is pushed: back-pressure, and what becomes of a subscription that ends. */
import { describe, expect, test } from 'vitest';
import { HandClock, settle } from '../../poller-sqs/test/support/handClock.ts';
import { ShardProblem } from '../src/client.ts';
import { FanOutReader, type PushedRecords } from '../src/fanOutReader.ts';
import type { Place } from '../src/place.ts';
import { recordAt } from './support/fakeShards.ts';

/** One subscription: what it will say, event by event. */
type Script = readonly (PushedRecords | Error | 'silence')[];

function pushed(positions: readonly string[], continuation: string | undefined = positions.at(-1)): PushedRecords {
  return { records: positions.map((position) => recordAt(position)), continuation };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
}

async function* play(script: Script, signal: AbortSignal, taken: () => void): AsyncIterable<PushedRecords> {
  for (const event of script) {
    taken();
    if (event instanceof Error) throw event;
    if (event === 'silence') await untilAborted(signal);
    else yield event;
  }
}

function story(scripts: readonly (Script | Error | 'no answer')[], isEnd: () => boolean = () => false) {
  const clock = new HandClock();
  const places: Place[] = [];
  let taken = 0;
  const subscribe = async (place: Place, signal: AbortSignal) => {
    const script = scripts[places.length] ?? ['silence' as const];
    places.push(place);
    if (script instanceof Error) throw script;
    if (script === 'no answer') return untilAborted(signal);
    return play(script, signal, () => {
      taken += 1;
    });
  };
  const reader = new FanOutReader({ kind: 'horizon' }, { subscribe, isEnd: async () => isEnd() }, clock);
  const signal = new AbortController();
  /** Waits until there may be something, and reads. */
  const next = async () => {
    await reader.ready(60_000, signal.signal);
    const { records, ended, missed } = await reader.read(100);
    const positions = records.map(({ position }) => position).join(' ');
    return `${positions}${ended ? ' ended' : ''}${missed === undefined ? '' : ` missed ${missed}`}`.trim();
  };
  return { clock, places, reader, signal, next, taken: () => taken };
}

const after = (position: string): Place => ({ kind: 'after', position });

describe('a reader of what is pushed', () => {
  test('takes an event from the connection only when it is asked', async () => {
    const { next, taken } = story([[pushed(['1']), pushed(['2']), pushed(['3'])]]);
    expect(await next()).toBe('1');
    await settle();
    expect(taken()).toBe(1);
    expect(await next()).toBe('2');
    expect(taken()).toBe(2);
  });

  test('gives no more than it is asked for', async () => {
    const { reader, signal } = story([[pushed(['1', '2', '3'])]]);
    await reader.ready(1000, signal.signal);
    expect((await reader.read(2)).records).toHaveLength(2);
    await reader.ready(1000, signal.signal);
    expect((await reader.read(2)).records).toHaveLength(1);
  });

  test('subscribes anew where the last event left off', async () => {
    const { places, next } = story([[pushed(['1']), pushed([], '5')], [pushed(['6'])]]);
    expect([await next(), await next(), await next(), await next()]).toEqual(['1', '', '', '6']);
    expect(places).toEqual([{ kind: 'horizon' }, after('5')]);
  });

  test('tells what is wrong, and subscribes anew', async () => {
    const busy = Object.assign(new Error('in use'), { name: 'ResourceInUseException' });
    const { places, next } = story([busy, [pushed(['1']), new Error('reset')], [pushed(['2'])]]);
    await expect(next()).rejects.toMatchObject({ kind: 'throttled' });
    expect(await next()).toBe('1');
    await expect(next()).rejects.toMatchObject({ kind: 'unreachable' });
    expect(await next()).toBe('2');
    expect(places.at(-1)).toEqual(after('1'));
  });

  test('gives up a subscription that is silent', async () => {
    const { clock, places, next } = story([[pushed(['1']), 'silence'], [pushed(['2'])]]);
    await next();
    const silent = next();
    await clock.forward(30_000);
    expect(await silent).toBe('');
    expect(await next()).toBe('2');
    expect(places).toEqual([{ kind: 'horizon' }, after('1')]);
  });

  test('gives up a subscription that does not begin, and tells it', async () => {
    const { clock, places, next } = story(['no answer', [pushed(['1'])]]);
    const waiting = expect(next()).rejects.toMatchObject({ kind: 'unreachable' });
    await clock.forward(30_000);
    await waiting;
    expect(await next()).toBe('1');
    expect(places).toEqual([{ kind: 'horizon' }, { kind: 'horizon' }]);
  });

  test('does not subscribe again and again where nothing is said', async () => {
    const { next } = story([[]]);
    await expect(next()).rejects.toThrow('the subscription ended at once');
  });

  test('goes on at the oldest record when retention took what comes next', async () => {
    const { places, next } = story([[pushed(['1'])], new ShardProblem('trimmed', 'gone'), [pushed(['9'])]]);
    expect([await next(), await next(), await next(), await next()]).toEqual(['1', '', 'missed unknown', '9']);
    expect(places.at(-1)).toEqual({ kind: 'horizon' });
  });

  test('goes on where it was when it cannot subscribe at the oldest record either', async () => {
    const [gone, busy] = [new ShardProblem('trimmed', 'gone'), new ShardProblem('throttled', 'in use')];
    const { places, next } = story([[pushed(['1'])], gone, busy, [pushed(['2'])]]);
    expect([await next(), await next(), await next()]).toEqual(['1', '', 'missed unknown']);
    await expect(next()).rejects.toThrow('in use');
    expect(await next()).toBe('2');
    expect(places).toEqual([{ kind: 'horizon' }, after('1'), { kind: 'horizon' }, after('1')]);
  });

  test('ends with the last event of a closed shard', async () => {
    const { next } = story([[{ records: [recordAt('1')], continuation: undefined }]]);
    expect([await next(), await next()]).toEqual(['1 ended', 'ended']);
  });

  test('ends where nothing more can come, though nobody says so', async () => {
    let closed = false;
    const { next } = story([[pushed(['1']), pushed([], '1'), pushed([], '1')]], () => closed);
    expect([await next(), await next()]).toEqual(['1', '']);
    closed = true;
    expect(await next()).toBe('ended');
  });

  test('is not waited for once nobody wants it; what comes is there for the next', async () => {
    const { clock, reader, next } = story([['silence'], [pushed(['1'])]]);
    const unwanted = new AbortController();
    const waiting = reader.ready(60_000, unwanted.signal);
    await settle();
    unwanted.abort();
    await waiting;
    const reading = next();
    await clock.forward(30_000);
    expect(await reading).toBe('');
    expect(await next()).toBe('1');
  });
});
