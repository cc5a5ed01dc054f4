import { describe, expect, it } from 'vitest';
import {
  createLifecycle,
  isInUse,
  type Lifecycle,
  type LifecycleRequest,
  type LifecycleState,
  requestLifecycle,
  settleLifecycle,
  stateTransitionReason,
} from '../src/index.ts';

const times = { nowMs: 1000, transitionMs: 500 };
const settled = (state: 'Enabled' | 'Disabled'): Lifecycle => ({ state });
const on: LifecycleRequest = { kind: 'update', enabled: true };
const off: LifecycleRequest = { kind: 'update', enabled: false };
const change: LifecycleRequest = { kind: 'update' };
const remove: LifecycleRequest = { kind: 'delete' };

describe("a mapping's states", () => {
  it('a new mapping is Creating, a disabled one Disabled at once', () => {
    expect(createLifecycle(true, times)).toEqual({
      lifecycle: { state: 'Creating', next: { state: 'Enabled', atMs: 1500 } },
      rule: 'mapping.state-creating',
    });
    expect(createLifecycle(false, times)).toEqual({
      lifecycle: { state: 'Disabled' },
      rule: 'mapping.state-created-disabled',
    });
  });

  it.each([
    ['Enabled', off, 'Disabling', 'Disabled', 'mapping.state-disabling'],
    ['Enabled', on, 'Updating', 'Enabled', 'mapping.state-updating'],
    ['Enabled', change, 'Updating', 'Enabled', 'mapping.state-updating'],
    ['Enabled', remove, 'Deleting', 'gone', 'mapping.state-deleting'],
    ['Disabled', on, 'Enabling', 'Enabled', 'mapping.state-enabling'],
    ['Disabled', off, 'Updating', 'Disabled', 'mapping.state-updating'],
    ['Disabled', change, 'Updating', 'Disabled', 'mapping.state-updating'],
    ['Disabled', remove, 'Deleting', 'gone', 'mapping.state-deleting'],
  ] as const)('%s, %j: %s, then %s', (from, request, state, next, rule) => {
    expect(requestLifecycle(settled(from), request, times)).toEqual({
      ok: true,
      lifecycle: { state, next: { state: next, atMs: 1500 } },
      rule,
    });
  });

  it.each(['Creating', 'Enabling', 'Disabling', 'Updating', 'Deleting'] satisfies LifecycleState[])(
    'a mapping that is %s refuses updates and deletes',
    (state) => {
      const moving: Lifecycle = { state, next: { state: 'Enabled', atMs: 1500 } };
      expect(isInUse(moving)).toBe(true);
      for (const request of [on, off, change, remove]) {
        expect(requestLifecycle(moving, request, times)).toEqual({ ok: false, rule: 'mapping.state-in-use' });
      }
    },
  );

  it('a transition ends at its instant, not before, and only once', () => {
    const enabling: Lifecycle = { state: 'Enabling', next: { state: 'Enabled', atMs: 1500 } };
    expect(settleLifecycle(enabling, 1499)).toBe(enabling);
    expect(settleLifecycle(enabling, 1500)).toEqual({ state: 'Enabled' });
    expect(settleLifecycle({ state: 'Enabled' }, 9999)).toEqual({ state: 'Enabled' });
    expect(settleLifecycle({ state: 'Deleting', next: { state: 'gone', atMs: 1500 } }, 1500)).toBe('gone');
  });

  it('gives the reason in the words of the source', () => {
    const kinds = ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const;
    expect(kinds.map(stateTransitionReason)).toEqual([
      'USER_INITIATED',
      'USER_INITIATED',
      'User action',
      'User action',
      'USER_INITIATED',
      'USER_INITIATED',
    ]);
  });
});
