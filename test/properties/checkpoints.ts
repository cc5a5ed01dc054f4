/**
 * Where checkpoints stand at the end: at the last record of every shard and partition whose mapping is finished with
 * it. Otherwise whoever reads next would be given records again.
 */
import type { ScenarioDocument, TraceLine } from '@millrace/simulation';

/** A mapping that was stopped may have lost a commit that nobody makes good. */
const STOPS = new Set(['disable', 'delete-mapping']);
const FINISHED = new Set(['succeeded', 'filtered', 'discarded']);

export function staleCheckpoints(document: ScenarioDocument, lines: readonly TraceLine[]): string[] {
  const isCut = document.until !== undefined || (document.events ?? []).some((event) => STOPS.has(event.do));
  if (isCut) return [];
  const last = lastRecords(lines);
  const finished = new Set<string>();
  const saved = new Set<string>();
  for (const { what, mapping, records = [], data } of lines) {
    if (mapping === undefined) continue;
    for (const record of records) {
      if (FINISHED.has(String(data?.fate))) finished.add(`${mapping} ${record}`);
      else if (data?.fate !== undefined) finished.delete(`${mapping} ${record}`);
      if (what === 'checkpoint') saved.add(`${mapping} ${record}`);
    }
  }
  const stale = [...finished].filter((each) => last.has(each.slice(each.indexOf(' ') + 1)) && !saved.has(each));
  return stale.map((each) => `${each}: finished, and no checkpoint says so`);
}

/** The last record of every shard and partition. */
function lastRecords(lines: readonly TraceLine[]): ReadonlySet<string> {
  const last = new Map<string, string>();
  for (const { what, records = [], data } of lines) {
    const places = what === 'arrived' ? (data?.places as readonly string[] | undefined) : undefined;
    places?.forEach((place, index) => {
      last.set(`${data?.source} ${place}`, records[index] ?? '');
    });
  }
  return new Set(last.values());
}
