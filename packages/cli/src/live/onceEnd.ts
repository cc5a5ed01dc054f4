/**
 * Whether anything can still happen in a run in which everything was sent and every event has happened: not when every
 * queue that is read is empty, every record of a stream or topic has its fate with each mapping, no tumbling window is open,
 * nothing runs, and no mapping is in a transition.
 */
import type { Clock } from '@millrace/runtime';
import type { RuleId } from '@millrace/semantics';
import { isQueue, isSourceOf, type SourcePlan } from '@millrace/simulation';
import type { CreatedMapping } from './control.ts';
import type { LiveRun } from './liveRun.ts';
import type { OnceBeginnings } from './onceBeginnings.ts';
import type { OnceBook } from './onceBook.ts';
import type { PlayedSource } from './oncePlayed.ts';

export interface EndOptions {
  readonly live: LiveRun;
  readonly book: OnceBook;
  readonly beginnings: OnceBeginnings;
  readonly sources: readonly PlayedSource[];
  readonly clock: Clock;
}

/** Messages that left their queue are waited for so long: what became of them may still be told. */
const TOLD_WITHIN_MS = 1000;
/** Streams and brokers elsewhere do not say what is left: they are waited for so long. */
const QUIET_MS = 3000;
/** What came while a mapping began to read, and was not read within this, came before it. */
const READ_WITHIN_MS = 3000;

export class OnceEnd {
  readonly #options: EndOptions;
  #emptySinceMs: number | undefined;

  constructor(options: EndOptions) {
    this.#options = options;
  }

  /** Whether every record's fate is told: a queue behind an endpoint does not say what it gives up. */
  get knowsAll(): boolean {
    return this.#options.sources.every(({ isOurs }) => isOurs);
  }

  async isReached(): Promise<boolean> {
    this.expire();
    const { live, book, clock } = this.#options;
    if (!book.isIdle || live.control.control.nextTransitionMs() !== undefined || !(await this.#isEmpty())) {
      this.#emptySinceMs = undefined;
      return false;
    }
    if (!book.isIdle || this.#options.beginnings.isSaving) return false;
    this.#emptySinceMs ??= clock.now();
    const quietMs = clock.now() - this.#emptySinceMs;
    if (this.#read().some(({ source, isOurs }) => !isOurs && !isQueue(source))) return quietMs >= QUIET_MS;
    const isAllTold = this.#read().every(({ source }) => book.open(source.name).size === 0);
    return isAllTold || quietMs >= TOLD_WITHIN_MS;
  }

  /** Says what retention has taken: the queue itself lets go of it in silence. */
  expire(): void {
    const { book, clock } = this.#options;
    const now = clock.now();
    this.#passOver();
    for (const { source, isOurs } of this.#read()) {
      if (!isOurs || !isQueue(source) || !Number.isFinite(source.retentionMs)) continue;
      const records: string[] = [];
      for (const { record, sentMs } of book.open(source.name).values()) {
        if (sentMs + source.retentionMs > now) break;
        records.push(record);
      }
      if (records.length === 0) continue;
      const data = { fate: 'expired', source: source.name };
      book.say({ at: now, what: 'expired', records, rule: 'source.retention-expired', data });
    }
  }

  async #isEmpty(): Promise<boolean> {
    const { book, clock } = this.#options;
    for (const { mapping, played } of this.#readings()) {
      const { name } = mapping;
      const isEmpty = isQueue(played.source)
        ? (await played.left?.()) === 0
        : book.ordered.pending(name, played.source.name) <= 0 && !book.windows.isOpen(name, clock.now());
      if (!isEmpty) return false;
    }
    return true;
  }

  /** What a mapping will never read: what came before its starting position, and what retention took first. */
  #passOver(): void {
    const { book, clock } = this.#options;
    const now = clock.now();
    for (const { mapping, played } of this.#readings()) {
      const { source, isOurs } = played;
      if (isQueue(source) || !isOurs) continue;
      const unread = book.ordered.unread(mapping.name, source.name);
      const startMs = this.#startOf(mapping);
      const committed = unread.filter(({ name }) => isCommitted(source, name));
      const skipped = unread.filter(({ name, arrivedMs }) => arrivedMs < startMs && !isCommitted(source, name));
      const expired = unread.filter(({ arrivedMs }) => arrivedMs >= startMs && arrivedMs + source.retentionMs <= now);
      const say = (what: 'skipped' | 'expired', those: typeof unread, rule: RuleId) => {
        const records = those.map(({ record }) => record);
        if (records.length > 0) book.say({ at: now, what, mapping: mapping.name, records, rule, data: { fate: what } });
      };
      say('skipped', committed, 'kafka.committed-offset-wins');
      say('skipped', skipped, 'source.skipped-before-starting-position');
      say('expired', expired, 'source.retention-expired');
    }
  }

  /** Before this time nothing is read: LATEST begins when the mapping did. */
  #startOf({ uuid, settings: { startingPosition }, startedMs = 0 }: CreatedMapping): number {
    if (startingPosition !== 'LATEST') return startingPosition === 'TRIM_HORIZON' ? 0 : startingPosition.atMs;
    const begunMs = this.#options.beginnings.begunMs(uuid);
    const isTold = begunMs !== undefined && this.#options.clock.now() >= begunMs + READ_WITHIN_MS;
    return isTold ? begunMs : startedMs;
  }

  /** Sources that a mapping reads, or still has records of, once for each such mapping. */
  #readings() {
    const { live, sources } = this.#options;
    return live.control.mappings.flatMap((mapping) => {
      const { name, running, settings } = mapping;
      const played = sources.find(({ source }) => isSourceOf(source, settings));
      const reads = running || (live.mappings.get(name)?.pollers().open ?? 0) > 0;
      return played && reads ? [{ mapping, played }] : [];
    });
  }

  #read(): PlayedSource[] {
    return [...new Set(this.#readings().map(({ played }) => played))];
  }
}

/** The file says that the group had come further before. Records of topics are called topic-partition@offset. */
function isCommitted(source: SourcePlan, name: string): boolean {
  if (!('committed' in source)) return false;
  const [, partition, offset] = /-(\d+)@(\d+)$/.exec(name) ?? [];
  return Number(offset) < (source.committed[Number(partition)] ?? 0);
}
