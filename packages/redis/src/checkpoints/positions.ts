/**
 * How positions are written on Redis: so that they come back as they were, and so that members of `ahead` stand in the
 * order of `comparePositions` when Redis compares them as text. A member is `ledger NUL digits-in-three text NUL positions`.
 * Positions that belong together are written once (`packed` of runtime).
 */
import { type Packed, packed, unpacked } from '@millrace/runtime';
import type { Position } from '@millrace/semantics';

const AFTER_LEDGER = '\u0000';
const BEHIND_ALL = '\u0001';

export function writePosition(position: Position): string {
  return typeof position === 'number' ? `n${position}` : `s${position}`;
}

export function readPosition(text: string): Position {
  return text.startsWith('n') ? Number(text.slice(1)) : text.slice(1);
}

/** The member of a save of positions, `reach` being the last of them. */
export function aheadMember(ledger: string, positions: readonly Position[], reach: Position): string {
  return `${ledger}${AFTER_LEDGER}${rank(reach)}${AFTER_LEDGER}${JSON.stringify(packed(positions))}`;
}

export function readMember(member: string): { readonly ledger: string; readonly positions: readonly Position[] } {
  const cut = member.indexOf(AFTER_LEDGER);
  const positions: Packed = JSON.parse(member.slice(member.indexOf(AFTER_LEDGER, cut + 1) + 1));
  return { ledger: member.slice(0, cut), positions: unpacked(positions) };
}

/** The first member of a ledger, the last that reaches no further than the checkpoint, and the last of all. */
export function rangesOf(ledger: string, checkpoint: Position): [first: string, passed: string, last: string] {
  const first = `${ledger}${AFTER_LEDGER}`;
  return [`[${first}`, `(${first}${rank(checkpoint)}${BEHIND_ALL}`, `(${ledger}${BEHIND_ALL}`];
}

/** Text that sorts as positions do: the longer one is the greater one. */
function rank(position: Position): string {
  const text = String(position);
  return `${String(text.length).padStart(3, '0')}${text}`;
}
