/** What the suite of checkpoints needs of an adapter, and the saves that its cases make. */
import assert from 'node:assert/strict';
import type { LaneSave, LedgerSave, Position } from '@millrace/semantics';
import type { Checkpoints, Progress, Scope } from '../ports/checkpoints.ts';
import type { Owner } from '../ports/register.ts';

/** Nothing is kept yet. */
export interface CheckpointSubject {
  readonly checkpoints: Checkpoints;
  /** The same, as another process has it: what one has saved the other loads. */
  readonly elsewhere: Checkpoints;
  /** A new owner of this name; those before it are deposed. */
  depose(name: string): Promise<Owner>;
}

export interface CheckpointCase {
  readonly name: string;
  run(subject: CheckpointSubject): Promise<void>;
}

export const shard: Scope = { mapping: 'mapping-1', name: 'shardId-000000000000' };

export const nothing: Progress = { checkpoints: new Map(), starts: new Map(), saved: undefined, ended: false };

/** A batch in progress of one lane, or of several. */
export function working(lane: string, positions: readonly Position[], lanes = [lane]): LaneSave {
  return {
    lane,
    work: [
      {
        lanes,
        positions,
        closedBy: 'size',
        rule: 'batch.closes-when-full',
        ordinal: 3,
        spent: 1,
        ran: 2,
        waits: 0,
        notBefore: 1_700_000_000_000,
        final: false,
        terminatedEarly: false,
      },
    ],
  };
}

export const idle = (lane: string): LaneSave => ({ lane, work: [] });

/** Saves what one ledger, and some lanes, are told to be. */
export function saver({ checkpoints }: CheckpointSubject, scope: Scope = shard, factor = 2) {
  return async (ledger: Partial<LedgerSave>, lanes: readonly LaneSave[] = []) => {
    const order = { ledgers: [{ lane: '', completed: [], ...ledger }], lanes };
    assert.equal(await checkpoints.save(scope, factor, order), true);
  };
}

/** Asserts the progress of a scope, as both processes see it; lanes may come in any order. */
export async function isAt(subject: CheckpointSubject, scope: Scope, expected: Partial<Progress>): Promise<void> {
  for (const checkpoints of [subject.checkpoints, subject.elsewhere]) {
    assert.deepEqual(plain(await checkpoints.load(scope)), plain({ ...nothing, ...expected }));
  }
}

function plain({ saved, ...rest }: Progress) {
  const byLane = (one: LaneSave, other: LaneSave) => (one.lane < other.lane ? -1 : 1);
  const lanes = saved?.lanes.map(({ lane, work, window }) => ({ lane, work, ...(window && { window }) }));
  return { ...rest, saved: saved && { ...saved, lanes: lanes?.sort(byLane) } };
}
