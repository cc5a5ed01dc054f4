/** What pollers have made durable: checkpoints move, what they pass is dropped, cuts are found again. */
import type { LaneSave, SaveOrder } from '@millrace/semantics';
import { describe, expect, it } from 'vitest';
import { Store } from '../src/engine/mappings/store.ts';

function save(ledgers: SaveOrder['ledgers'], lanes: readonly LaneSave[] = []): SaveOrder {
  return { do: 'save', id: 1, rule: 'stream.checkpoint-is-highest-contiguous', ledgers, lanes };
}

function working(lane: string, positions: readonly number[]): LaneSave {
  const piece = { closedBy: 'size', rule: 'batch.closes-when-full', ordinal: 1, spent: 0, ran: 0, waits: 0 } as const;
  const rest = { notBefore: 0, final: false, terminatedEarly: false };
  return { lane, work: [{ ...piece, ...rest, lanes: [lane], positions }] };
}

const shard = () => 'shard-0';

describe('checkpoints', () => {
  it('tells which ones moved', () => {
    const store = new Store();
    expect(store.apply('shard-0', 1, save([{ lane: '', checkpoint: 5, completed: [] }]), shard)).toEqual(['']);
    expect(store.apply('shard-0', 1, save([{ lane: '', checkpoint: 5, completed: [7] }]), shard)).toEqual([]);
    expect(store.ledger('shard-0').checkpoint).toBe(5);
  });

  it('each partition has its own', () => {
    const store = new Store();
    const ledgers = ['t-0', 't-1'].map((lane, index) => ({ lane, checkpoint: index, completed: [] }));
    expect(store.apply('', 1, save(ledgers), (lane) => lane)).toEqual(['t-0', 't-1']);
    expect([...store.ledgers.keys()]).toEqual(['t-0', 't-1']);
  });
});

describe('what is finished ahead of the checkpoint', () => {
  it('is loaded until the checkpoint has passed it', () => {
    const store = new Store();
    store.apply('shard-0', 2, save([{ lane: '', completed: [3, 5] }]), shard);
    expect(store.load('shard-0', ['shard-0'])).toEqual({ parallelizationFactor: 2, ahead: [3, 5], lanes: [] });
    store.apply('shard-0', 2, save([{ lane: '', checkpoint: 3, completed: [] }]), shard);
    expect(store.load('shard-0', ['shard-0'])?.ahead).toEqual([5]);
    store.apply('shard-0', 2, save([{ lane: '', checkpoint: 9, completed: [] }]), shard);
    expect(store.load('shard-0', ['shard-0'])).toBeUndefined();
  });

  it('takes room only for what is ahead, however often it was saved', () => {
    const store = new Store();
    for (let index = 1; index <= 10_000; index += 1) {
      store.apply('shard-0', 2, save([{ lane: '', checkpoint: index - 1, completed: [index + 1] }]), shard);
    }
    expect(store.ledger('shard-0').ahead.flat().length).toBeLessThan(600);
    expect(store.load('shard-0', ['shard-0'])?.ahead).toEqual([10_000, 10_001]);
  });
});

describe('cuts', () => {
  it('are kept by lane, replaced, and forgotten when the lane is idle', () => {
    const store = new Store();
    store.apply('shard-0', 2, save([], [working('0', [1, 2]), working('1', [3])]), shard);
    store.apply('shard-0', 2, save([], [working('0', [2])]), shard);
    expect(store.load('shard-0', ['shard-0'])?.lanes).toEqual([working('0', [2]), working('1', [3])]);
    store.apply('shard-0', 2, save([], [{ lane: '1', work: [] }]), shard);
    expect(store.load('shard-0', ['shard-0'])?.lanes).toEqual([working('0', [2])]);
  });

  it('an idle lane with an open window is kept for its state', () => {
    const store = new Store();
    const window = { startMs: 0, endMs: 60_000, state: { n: 1 }, stateBytes: 7, overgrown: false, lastArrivalMs: 5 };
    store.apply('shard-0', 1, save([], [{ lane: '0', work: [], window }]), shard);
    expect(store.load('shard-0', ['shard-0'])?.lanes).toEqual([{ lane: '0', work: [], window }]);
  });

  it('of another factor are forgotten', () => {
    const store = new Store();
    store.apply('shard-0', 2, save([], [working('1', [3])]), shard);
    store.apply('shard-0', 4, save([], [working('3', [4])]), shard);
    expect(store.load('shard-0', ['shard-0'])).toMatchObject({ parallelizationFactor: 4, lanes: [{ lane: '3' }] });
  });

  it('of one shard are not those of another', () => {
    const store = new Store();
    store.apply('shard-0', 1, save([], [working('0', [1])]), shard);
    expect(store.load('shard-1', ['shard-1'])).toBeUndefined();
  });
});
