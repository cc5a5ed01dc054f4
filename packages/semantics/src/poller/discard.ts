/** Discards on their way: ordered, answered, and ordered again when the outbox could not take them. */
import type { RuleId } from '../rules/index.ts';
import type { DiscardCondition } from '../vocabulary.ts';
import type { DiscardOrder } from './facts.ts';
import { finish } from './ledger.ts';
import { addFinished, type Out } from './out.ts';
import { namedLanes, positionsIn } from './pieces.ts';
import { acknowledges, type Batch, type Entry, type Piece, type PollerState, takeId } from './state.ts';
import { wakeBatch } from './wake.ts';
import { windowCall } from './window.ts';

/** How long a discard waits that the outbox could not take. */
const DISCARD_AGAIN_MS = 1000;

/** What is given up of a piece, and why. */
export interface GivenUp {
  readonly entries: readonly Entry[];
  readonly condition: DiscardCondition;
  readonly rule: RuleId;
  readonly approximateInvokeCount: number;
  /** The source's retention took them. */
  readonly expired?: boolean;
}

/** Orders a discard; its entries are finished when it is answered. */
export function orderDiscard(state: PollerState, batch: Batch, piece: Piece, given: GivenUp, out: Out): void {
  const { entries, condition, rule, approximateInvokeCount, expired = false } = given;
  const id = takeId(state);
  const window = windowCall(state.lanes.get(batch.lanes[0] ?? ''), piece);
  const order: DiscardOrder = {
    do: 'discard',
    id,
    rule,
    batch: batch.id,
    lanes: namedLanes(state, batch, { ...piece, entries }),
    positions: positionsIn(piece, entries),
    condition,
    approximateInvokeCount,
    expired,
    ...(window && { window }),
  };
  state.awaited.set(id, batch.id);
  batch.settling.set(id, { entries, order });
  out.orders.push(order);
}

/** A deletion or a discard was answered. True when it is done with. */
export function settleAnswer(state: PollerState, batch: Batch, id: number, refused: boolean, out: Out): boolean {
  const settling = batch.settling.get(id);
  if (!settling) return false;
  if (refused && settling.order) {
    settling.againMs = out.now + DISCARD_AGAIN_MS;
    wakeBatch(state, batch, settling.againMs);
    return false;
  }
  batch.settling.delete(id);
  finish(state, settling.entries);
  if (!acknowledges(state.config)) addFinished(out, settling.entries);
  return true;
}

/** Orders the refused discards again whose wait is over, under new ids: the old refusal may be told twice. */
export function discardAgain(state: PollerState, batch: Batch, out: Out): void {
  for (const [id, settling] of batch.settling) {
    const { order, againMs } = settling;
    if (!order || againMs === undefined) continue;
    if (againMs > out.now) {
      wakeBatch(state, batch, againMs);
      continue;
    }
    const again = { ...order, id: takeId(state) };
    batch.settling.delete(id);
    batch.settling.set(again.id, { entries: settling.entries, order: again });
    state.awaited.set(again.id, batch.id);
    out.orders.push(again);
  }
}
