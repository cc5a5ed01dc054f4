/** A poller that a test drives by hand: it fetches as long as it may, and remembers all that it was told. */
import type { MappingSource, PollerSource, Progress } from '@millrace/runtime';
import { systemClock } from '@millrace/runtime';
import type { PolledRecord, Position } from '@millrace/semantics';
import { offsetOf } from '../../src/position.ts';

export const NOTHING_READ: Progress = { checkpoints: new Map(), starts: new Map(), ended: false };

export interface Got {
  readonly position: Position;
  readonly lane: string;
  readonly offset: number;
  readonly value: string;
}

const PATIENCE_MS = 40_000;

export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = systemClock.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (systemClock.now() > untilMs) throw new Error(`still not true after ${PATIENCE_MS / 1000} s: ${what}`);
    await systemClock.until(systemClock.now() + 20);
  }
}

export const later = (ms: number) => systemClock.until(systemClock.now() + ms);

export class HandPoller {
  readonly got: Got[] = [];
  readonly problems: string[] = [];
  readonly trimmed: Position[] = [];
  /** What it was told that its brokers have removed: up to which offset, by lane. */
  readonly removed = new Map<string, number>();
  recoveries = 0;
  regroupings = 0;
  missed = 0;
  readonly #source: MappingSource;
  readonly #name: string;
  readonly #stopped = new AbortController();
  #place: PollerSource | undefined;
  #id = 0;
  #fetches = true;
  except: readonly string[] | undefined;

  constructor(source: MappingSource, name = 'poller-0') {
    this.#source = source;
    this.#name = name;
  }

  get place(): PollerSource {
    if (!this.#place) throw new Error(`${this.#name} is not open`);
    return this.#place;
  }

  get values(): string[] {
    return this.got.map(({ value }) => value);
  }

  lanes(): string[] {
    return (this.place.partitions ?? []).map(({ lane }) => lane);
  }

  async open({
    progress = NOTHING_READ,
    fetches = true,
    scope = this.#source.scopeOf?.(this.#name),
  } = {}): Promise<this> {
    this.#fetches = fetches;
    this.#place = await this.#source.open(this.#name, {
      from: 'start',
      progress,
      scope,
      factor: 1,
      signal: this.#stopped.signal,
      events: {
        tell: (fact) => {
          if (fact.what === 'removed') this.removed.set(fact.lane, offsetOf(fact.before));
          if (fact.what !== 'fetched') return;
          this.trimmed.push(...(fact.trimmed ?? []));
          this.#take(fact.records);
          setImmediate(() => this.fetch());
        },
        waits: () => {},
        troubled: (problem) => this.problems.push(problem),
        recovered: () => (this.recoveries += 1),
        regrouped: () => (this.regroupings += 1),
        missed: (count) => (this.missed += Number(count)),
        deadLettered: () => {},
      },
    });
    if (fetches) this.fetch();
    return this;
  }

  fetch(): void {
    this.#id += 1;
    this.place.fetch({
      do: 'fetch',
      id: this.#id,
      maxRecords: 500,
      notBefore: 0,
      everyMs: 0,
      except: this.except,
      rule: 'kafka.polls-continuously',
    });
  }

  /** From now on. */
  start(): void {
    if (!this.#fetches) this.fetch();
    this.#fetches = true;
  }

  #take(records: readonly PolledRecord[]): void {
    if (records.length === 0) return;
    const positions = records.map(({ position }) => position);
    const event = this.place.event(positions, undefined) as {
      records: Record<string, { offset: number; value?: string }[]>;
    };
    for (const { position, lane } of records) {
      const identifier = this.place.identifiers([position])[0] as { offset: number };
      const entry = event.records[lane]?.find(({ offset }) => offset === identifier.offset);
      const value = Buffer.from(entry?.value ?? '', 'base64').toString();
      this.got.push({ position, lane, offset: identifier.offset, value });
    }
  }

  /** Everything that was got of these lanes is finished. */
  async commit(): Promise<boolean> {
    const last = new Map(this.got.map(({ lane, position }) => [lane, position]));
    const ledgers = [...last].map(([lane, checkpoint]) => ({ lane, checkpoint, completed: [] }));
    return (await this.place.commit?.(ledgers)) ?? true;
  }

  stop(): Promise<void> {
    this.#stopped.abort();
    return this.#place?.close() ?? Promise.resolve();
  }
}
