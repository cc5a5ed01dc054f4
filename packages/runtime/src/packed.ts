/**
 * Positions in little text. Offsets follow each other: a run is its first and how many there are. Sequence numbers have 56
 * digits, most of them the same within a batch: what all begin with is written once. What is neither stands as it is.
 */
import type { Position } from '@millrace/semantics';

export type Packed =
  | readonly Position[]
  | { readonly first: number; readonly count: number }
  | { readonly head: string; readonly tails: readonly string[] };

export function packed(positions: readonly Position[]): Packed {
  const [first, last] = [positions[0], positions.at(-1)];
  if (positions.length < 2) return positions;
  if (typeof first === 'number') {
    return isRun(positions, first) ? { first, count: positions.length } : positions;
  }
  if (typeof first !== 'string' || typeof last !== 'string') return positions;
  const length = commonLength(first, last);
  const head = first.slice(0, length);
  if (length === 0 || !positions.every((one) => typeof one === 'string' && one.startsWith(head))) return positions;
  return { head, tails: positions.map((one) => (one as string).slice(length)) };
}

export function unpacked(text: Packed): readonly Position[] {
  if ('head' in text) return text.tails.map((tail) => `${text.head}${tail}`);
  if ('first' in text) return Array.from({ length: text.count }, (_, index) => text.first + index);
  return text;
}

function isRun(positions: readonly Position[], first: number): boolean {
  return positions.every((position, index) => position === first + index);
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
