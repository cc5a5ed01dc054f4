/**
 * The trace of a run that is played: the lines of the live driver under the file's own names of records, with times from
 * the start, and between them what the run itself does. It knows what is still open, so that the end can be seen.
 *
 * 1. A record's first line is `arrived`: while messages are being sent, what the driver says of them waits. A dead letter's
 *    first line in its new queue is `dead-lettered`, and a message group goes on after what was before is `acknowledged`:
 *    whoever reads next may be told sooner than whoever gave up or deleted.
 * 2. Lines are in the order of their time.
 * 3. What its queue has removed is nobody's any more: that its delete is answered, as SQS does, makes it no success.
 * 4. After the last line nothing is taken any more: what is said while the run is taken down is not part of it.
 */
import type { RuleId, TraceLine, TraceWhat } from '@millrace/semantics';
import type { TracedRun } from '@millrace/simulation';
import { relativeLine } from '../output/relativeLine.ts';
import { OnceOrdered } from './onceOrdered.ts';
import { OnceWindows } from './onceWindows.ts';

/** A line before it is numbered; `at` in milliseconds since the epoch. */
export interface BookLine {
  readonly at: number;
  readonly what: TraceWhat;
  readonly mapping?: string | undefined;
  readonly records?: readonly string[] | undefined;
  readonly rule?: RuleId | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** A record that is in a queue, as far as anybody knows. */
export interface OpenRecord {
  readonly record: string;
  readonly sentMs: number;
}

export interface BookOptions {
  readonly startMs: number;
  readonly run: TracedRun;
  /** The source that a mapping reads. */
  readonly sourceOf: (mapping: string) => string | undefined;
  /** Name of the dead-letter queue of a source that tells of what it gives up. */
  readonly lettersOf: (source: string) => string | undefined;
}

type Line = Omit<TraceLine, 'seq'>;

export class OnceBook {
  readonly #options: BookOptions;
  /** Records by message id. */
  readonly #names = new Map<string, string>();
  /** By source: records that are neither deleted nor given up. */
  readonly #open = new Map<string, Map<string, OpenRecord>>();
  readonly #placeOf = new Map<string, string>();
  /** Records that were purged, or that retention took. */
  readonly #removed = new Set<string>();
  readonly #waiting: Line[] = [];
  /** Messages that were fetched from a dead-letter queue before they were said to have gone there, and when. */
  readonly #awaited = new Map<string, number>();
  /** Groups of FIFO queues: of each record; how many of their messages are being deleted; those that are waited for. */
  readonly #groupOf = new Map<string, string>();
  readonly #deleting = new Map<string, number>();
  readonly #awaitedGroups = new Map<string, number>();
  /** Streams and topics. */
  readonly ordered = new OnceOrdered();
  readonly windows = new OnceWindows();
  #sending = 0;
  #unsettled = 0;
  #unacknowledged = 0;
  #closed = false;
  /** When the last line was, from the start. */
  lastMs = 0;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** Nothing runs, and no message is being deleted. */
  get isIdle(): boolean {
    return this.#unsettled === 0 && this.#unacknowledged === 0 && this.#sending === 0;
  }

  /** Records that lie in a source, oldest first. */
  open(source: string): ReadonlyMap<string, OpenRecord> {
    return this.#open.get(source) ?? new Map();
  }

  /** Messages are being sent: what becomes of them may be told before their names are known. */
  async sending<T>(send: () => Promise<T>): Promise<T> {
    this.#sending += 1;
    try {
      return await send();
    } finally {
      this.#sending -= 1;
      this.#flushIfTold();
    }
  }

  /** To be called within `sending`. A message that its queue had before is no other record's. */
  arrived(source: string, record: string, messageId: string, sentMs: number, groupId?: string): void {
    if (!this.#names.has(messageId)) this.#names.set(messageId, record);
    if (groupId !== undefined) this.#groupOf.set(record, groupId);
    if (this.ordered.has(source)) this.ordered.arrived(source, record, messageId, sentMs);
    else this.#put(source, record, sentMs);
  }

  /** What the run itself does. */
  say(line: BookLine): void {
    this.#enter({ ...line, at: line.at - this.#options.startMs });
  }

  /** What the driver says: records are message ids. */
  hear({ seq: _, why: _why, ...line }: TraceLine): void {
    this.windows.take(line);
    this.#enter(relativeLine(line, this.#options.startMs));
  }

  #enter(line: Line): void {
    if (this.#closed) return;
    this.#count(line);
    if (line.what === 'dead-lettered') this.#takeLetter(line);
    else if (line.what === 'acknowledged') this.#takeDeleted(line);
    else if (this.#sending > 0 || this.#awaits(line)) this.#waiting.push(line);
    else this.#take(line);
  }

  /** Whether it has to wait until something else was told. */
  #awaits({ what, mapping, records = [], at }: Line): boolean {
    const source = what === 'fetched' && mapping !== undefined ? this.#options.sourceOf(mapping) : undefined;
    if (source !== undefined) {
      for (const id of records) {
        const place = this.#placeOf.get(this.#names.get(id) ?? id);
        if (place !== undefined && place !== source && this.#options.lettersOf(place) === source) {
          this.#awaited.set(id, at);
        }
        const group = this.#groupKey(mapping, id);
        if (group !== undefined && this.#deleting.has(group)) this.#awaitedGroups.set(group, at);
      }
    }
    return this.#awaited.size > 0 || this.#awaitedGroups.size > 0;
  }

  #groupKey(mapping: string | undefined, id: string): string | undefined {
    const group = this.#groupOf.get(this.#names.get(id) ?? id);
    return group === undefined ? undefined : `${mapping}/${group}`;
  }

  #takeDeleted(line: Line): void {
    const awaitedMs = Math.min(...this.#awaitedGroups.values());
    const told = { ...line, at: Math.min(line.at, awaitedMs) };
    if (this.#sending > 0) this.#waiting.push(told);
    else this.#take(told);
    for (const group of this.#awaitedGroups.keys()) if (!this.#deleting.has(group)) this.#awaitedGroups.delete(group);
    this.#flushIfTold();
  }

  #takeLetter(line: Line): void {
    const [id = ''] = line.records ?? [];
    const fetchedMs = this.#awaited.get(id);
    this.#awaited.delete(id);
    const told = fetchedMs === undefined ? line : { ...line, at: Math.min(line.at, fetchedMs) };
    if (this.#sending > 0) this.#waiting.push(told);
    else this.#take(told);
    this.#flushIfTold();
  }

  #flushIfTold(): void {
    if (this.#sending === 0 && this.#awaited.size === 0 && this.#awaitedGroups.size === 0) this.#flush();
  }

  #flush(): void {
    const lines = this.#waiting.splice(0).sort((a, b) => a.at - b.at || rank(a) - rank(b));
    for (const line of lines) this.#take(line);
  }

  #count({ what, mapping, data, records = [] }: Line): void {
    if (what === 'invoke') this.#unsettled += 1;
    else if (what === 'settled') this.#unsettled -= 1;
    else if (what === 'acknowledge' || (what === 'filtered' && data?.why !== undefined)) {
      this.#countDeletes(mapping, records, 1);
    } else if (what === 'acknowledged') {
      this.#countDeletes(mapping, records, -1);
      if (Array.isArray(data?.failed)) this.#countDeletes(mapping, data.failed, -1);
    }
  }

  #countDeletes(mapping: string | undefined, ids: readonly string[], by: 1 | -1): void {
    this.#unacknowledged += by * ids.length;
    for (const id of ids) {
      const group = this.#groupKey(mapping, id);
      if (group === undefined) continue;
      const count = (this.#deleting.get(group) ?? 0) + by;
      if (count > 0) this.#deleting.set(group, count);
      else this.#deleting.delete(group);
    }
  }

  #take(line: Line): void {
    if (this.#closed) return;
    if (line.what === 'fetched') this.#meet(line);
    const named = this.#withoutRemoved(this.#named(line));
    if (!named) return;
    this.ordered.take(named);
    this.#settle(named);
    this.lastMs = Math.max(this.lastMs, named.at);
    this.#options.run.take(named);
  }

  /** A queue behind an endpoint may hold messages that this run did not send. */
  #meet({ at, mapping, records = [] }: Line): void {
    const source = mapping === undefined ? undefined : this.#options.sourceOf(mapping);
    const strangers = records.filter((id) => !this.#names.has(id));
    if (source === undefined || strangers.length === 0) return;
    for (const id of strangers) this.arrived(source, id, id, at + this.#options.startMs);
    // Nobody says what their keys are: each counts as its own.
    const keys = this.ordered.has(source) ? { keys: strangers } : {};
    this.#options.run.take({ at, what: 'arrived', records: strangers, data: { source, ...keys } });
  }

  #named(line: Line): Line {
    const { records, data } = line;
    const failed = line.what === 'acknowledged' && Array.isArray(data?.failed) ? (data.failed as string[]) : undefined;
    if (!records && !failed) return line;
    const name = (id: string) => this.#names.get(id) ?? id;
    return {
      ...line,
      ...(records && { records: records.map(name) }),
      ...(failed && { data: { ...data, failed: failed.map(name) } }),
    };
  }

  #withoutRemoved(line: Line): Line | undefined {
    const { what, records = [], data } = line;
    if (what !== 'acknowledged' || data?.fate === undefined || this.#removed.size === 0) return line;
    const left = records.filter((record) => !this.#removed.has(record));
    return left.length > 0 ? { ...line, records: left } : undefined;
  }

  #settle({ at, what, records = [], data }: Line): void {
    if (data?.fate === undefined) return;
    const isRemoved = what === 'removed' || what === 'expired';
    for (const record of records) {
      this.#remove(record);
      if (isRemoved) this.#removed.add(record);
    }
    if (what !== 'dead-lettered' || typeof data.queue !== 'string') return;
    for (const record of records) this.#put(data.queue, record, at + this.#options.startMs);
  }

  #put(source: string, record: string, sentMs: number): void {
    const there = this.#open.get(source);
    if (there) there.set(record, { record, sentMs });
    else this.#open.set(source, new Map([[record, { record, sentMs }]]));
    this.#placeOf.set(record, source);
  }

  #remove(record: string): void {
    const source = this.#placeOf.get(record);
    if (source === undefined) return;
    this.#placeOf.delete(record);
    this.#open.get(source)?.delete(record);
  }

  close(): void {
    this.#flush();
    this.#closed = true;
  }
}

/** At one instant a record arrives before anything else becomes of it, wherever it comes from. */
function rank({ what }: Line): number {
  return what === 'arrived' ? 0 : what === 'dead-lettered' || what === 'acknowledged' ? 1 : 2;
}
