/** The events of a scenario on a real clock. Those that are calls go to the control plane; faults befall the live parts. */
import { callControl, callOfEvent, changeConcurrency, type EventPlan, RefusedEvent } from '@millrace/simulation';
import type { LiveRun } from './liveRun.ts';
import type { OnceBook } from './onceBook.ts';
import type { OnceOutbox } from './onceOutbox.ts';
import type { PlayedSource, Refusal } from './oncePlayed.ts';

export interface EventParts {
  readonly live: LiveRun;
  readonly book: OnceBook;
  /** By the index of their source. */
  readonly sources: ReadonlyMap<number, PlayedSource>;
  readonly outbox: OnceOutbox;
  now(): number;
}

/** An event that AWS refuses changes nothing, and stands among the errors of the run. */
export async function happenLive(parts: EventParts, event: EventPlan): Promise<void> {
  const { book, live } = parts;
  const { atMs: _, ...data } = event;
  const mapping = 'mapping' in event ? live.plan.mappings[event.mapping]?.name : undefined;
  const created = live.control.mappings.find(({ name }) => name === mapping);
  book.say({ at: parts.now(), what: 'event', ...(created && { mapping }), data: { ...data } });
  try {
    const call = callOfEvent(event, () => created?.uuid);
    if (call === undefined) await befall(parts, event);
    else if (call !== 'no-mapping') await callControl(live.control, call);
  } catch (error) {
    if (!(error instanceof RefusedEvent)) throw error;
    book.say({ at: parts.now(), what: 'refused', data: { code: error.code, message: error.message } });
  }
}

async function befall(parts: EventParts, event: EventPlan): Promise<void> {
  const { live } = parts;
  switch (event.do) {
    case 'crash-poller':
      live.mappings.get(live.plan.mappings[event.mapping]?.name ?? '')?.crash?.();
      break;
    case 'throttle-function': {
      const run = live.functions[event.function];
      if (run) run.gate.throttledUntilMs = parts.now() + event.forMs;
      break;
    }
    case 'set-concurrency':
      changeConcurrency(live.account, live.functions[event.function]?.counts, event);
      live.followAccount();
      break;
    case 'purge':
      await purge(parts, event.source);
      break;
    case 'split-shard':
      refuse(await parts.sources.get(event.source)?.split?.(event.shard));
      break;
    case 'merge-shards':
      refuse(await parts.sources.get(event.source)?.merge?.(event.shards));
      break;
    case 'add-partitions':
      await parts.sources.get(event.source)?.addPartitions?.(event.count);
      break;
    case 'fail-destination':
      parts.outbox.fail(event.destination, parts.now() + event.forMs);
      break;
    default:
      throw new RangeError(`${event.do} is refused when the scenario is read`);
  }
}

function refuse(refusal: Refusal | undefined): void {
  if (refusal) throw new RefusedEvent(refusal.code, refusal.message);
}

/** Every message of the queue, also those that are in flight. */
async function purge({ book, sources, now }: EventParts, index: number): Promise<void> {
  const queue = sources.get(index);
  if (!queue?.purge) return;
  await queue.purge();
  const records = [...book.open(queue.source.name).keys()];
  book.say({ at: now(), what: 'removed', records, rule: 'sqs.purged', data: { fate: 'removed' } });
}
