/** "Did you mean …": the known names that a misspelt one most likely stands for. */

/** Names further apart than this are no misspelling of each other, however long they are. */
const farthest = 3;

/**
 * Candidates within a third of the name's length in slips, closest first. Looks at all of them, so give it thousands,
 * not millions.
 */
export function closestNames(name: string, candidates: Iterable<string>, most = 3): string[] {
  const limit = Math.min(farthest, Math.max(1, Math.ceil(name.length / 3)));
  const near: { candidate: string; slips: number }[] = [];
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const slips = slipsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (slips <= limit && slips < name.length) near.push({ candidate, slips });
  }
  near.sort((a, b) => a.slips - b.slips);
  return near.slice(0, most).map((one) => one.candidate);
}

/** ` Did you mean a, b or c?`: a sentence with its leading space; empty when nothing is close. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = closestNames(name, candidates);
  if (names.length === 0) return '';
  const last = names.at(-1);
  return ` Did you mean ${names.length === 1 ? last : `${names.slice(0, -1).join(', ')} or ${last}`}?`;
}

/** "; did you mean `shards`?": the end of a sentence; empty when nothing is close. */
export function orMeant(name: string, candidates: Iterable<string>): string {
  const [near] = closestNames(name, candidates, 1);
  return near === undefined ? '' : `; did you mean \`${near}\`?`;
}

/** Edit distance in which two swapped neighbours count as one slip. */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
        swapped ? beforeLast[column - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
