/**
 * Several feeds as one, by time; of the same instant, in the order of the feeds. Nothing is read ahead of its turn but
 * one chunk of each feed, and an answer is a promise only when a feed below gave one.
 */
import type { Arrival, ArrivalFeed } from '../scenario/plan.ts';
import { chunkSize } from './records.ts';

interface Lane {
  readonly feed: ArrivalFeed;
  chunk: readonly Arrival[];
  index: number;
  ended: boolean;
}

export function mergeFeeds(feeds: readonly ArrivalFeed[]): ArrivalFeed {
  const only = feeds[0];
  if (feeds.length === 1 && only !== undefined) return only;
  const lanes: Lane[] = feeds.map((feed) => ({ feed, chunk: [], index: 0, ended: false }));
  const total = totalOf(feeds);
  return {
    ...(total !== undefined && { total }),
    next: () => step(lanes),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.feed.close?.()));
    },
  };
}

function totalOf(feeds: readonly ArrivalFeed[]): number | undefined {
  const totals = feeds.map((feed) => feed.total);
  return totals.some((total) => total === undefined) ? undefined : totals.reduce<number>((sum, one) => sum + one!, 0);
}

function step(lanes: readonly Lane[]): readonly Arrival[] | undefined | Promise<readonly Arrival[] | undefined> {
  const waits = lanes.map(refill).filter((wait) => wait !== undefined);
  return waits.length === 0 ? take(lanes) : Promise.all(waits).then(() => take(lanes));
}

/** Gives the lane a chunk when it has none left; a promise when that has to be waited for. */
function refill(lane: Lane): Promise<void> | undefined {
  if (lane.ended || lane.index < lane.chunk.length) return undefined;
  const answer = lane.feed.next();
  if (answer instanceof Promise) return answer.then((chunk) => put(lane, chunk));
  put(lane, answer);
  return undefined;
}

function put(lane: Lane, chunk: readonly Arrival[] | undefined): void {
  lane.chunk = chunk ?? [];
  lane.index = 0;
  lane.ended = chunk === undefined;
}

/** Takes in order until a chunk is full or a lane has to be refilled before anyone knows what comes next. */
function take(lanes: readonly Lane[]): readonly Arrival[] | undefined {
  const open = lanes.filter((lane) => !lane.ended);
  const out: Arrival[] = [];
  while (out.length < chunkSize) {
    const next = earliest(open);
    if (next === undefined) break;
    out.push(next.chunk[next.index]!);
    next.index++;
    if (next.index === next.chunk.length) break;
  }
  return out.length === 0 ? undefined : out;
}

function earliest(lanes: readonly Lane[]): Lane | undefined {
  let best: Lane | undefined;
  for (const lane of lanes) {
    if (best === undefined || lane.chunk[lane.index]!.atMs < best.chunk[best.index]!.atMs) best = lane;
  }
  return best;
}
