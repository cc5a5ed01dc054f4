/**
 * Writing a journal of the machines, and going through one again: the core is deterministic, so that the same facts at the
 * same times give the same steps, byte for byte.
 */
import {
  compileFilters,
  createPoller,
  type FilterView,
  type PolledRecord,
  type PollerConfig,
  type PollerFact,
  type PollerState,
  type SourceKind,
  type Step,
  stepPoller,
} from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Journal, JournalEntry } from '../ports/journal.ts';

/** The configuration without what cannot be written: compiled filters are made again from their patterns. */
interface WrittenConfig {
  readonly config: Omit<PollerConfig, 'filters'>;
  readonly filterPatterns: readonly string[];
}

/** A polled record with what its filters saw, where there are filters. */
type WrittenRecord = Omit<PolledRecord, 'view' | 'seq' | 'finished'> & { readonly view?: FilterView };

export class MachineJournal {
  readonly #journal: Journal;
  readonly #machine: string;
  readonly #clock: Clock;
  readonly #filterPatterns: () => readonly string[];

  constructor(journal: Journal, machine: string, clock: Clock, filterPatterns: () => readonly string[]) {
    this.#journal = journal;
    this.#machine = machine;
    this.#clock = clock;
    this.#filterPatterns = filterPatterns;
  }

  created(config: PollerConfig): void {
    this.#journal.write({ at: this.#clock.now(), machine: this.#machine, created: this.#written(config) });
  }

  /** Before its step, which finishes some of the records that it brings: their bodies are let go. */
  told(at: number, fact: PollerFact): void {
    this.#journal.write({ at, machine: this.#machine, fact: this.#writtenFact(fact) });
  }

  stepped(at: number, step: Step<unknown>): void {
    this.#journal.write({ at, machine: this.#machine, step });
  }

  #written({ filters: _, ...config }: PollerConfig): WrittenConfig {
    return { config, filterPatterns: this.#filterPatterns() };
  }

  #writtenFact(fact: PollerFact): unknown {
    if (fact.what === 'configured') return { ...fact, config: this.#written(fact.config) };
    if (fact.what !== 'fetched') return fact;
    const filtered = this.#filterPatterns().length > 0;
    const records: WrittenRecord[] = fact.records.map((record) => {
      const { position, lane, arrivalMs, encodedBytes } = record;
      return { position, lane, arrivalMs, encodedBytes, ...(filtered && { view: record.view() }) };
    });
    return { ...fact, records };
  }
}

/** A step that came out otherwise than it stands in the journal. */
export interface JournalDifference {
  /** The entry's number, from 0. */
  readonly entry: number;
  readonly machine: string;
  readonly written: string;
  readonly replayed: string;
}

/** Goes through a journal and answers where the core now orders anything else. */
export function replayJournal(entries: Iterable<JournalEntry>): JournalDifference[] {
  const machines = new Map<string, { state: PollerState; step: string }>();
  const differences: JournalDifference[] = [];
  let index = -1;
  for (const entry of entries) {
    index += 1;
    const { machine } = entry;
    if ('created' in entry) {
      machines.set(machine, { state: createPoller(readConfig(entry.created as WrittenConfig)), step: '' });
      continue;
    }
    const known = machines.get(machine);
    if (!known) throw new Error(`entry ${index} of the journal speaks of ${machine}, which was not created before`);
    if ('fact' in entry) known.step = JSON.stringify(stepPoller(known.state, readFact(entry.fact), entry.at));
    else if (known.step !== JSON.stringify(entry.step)) {
      differences.push({ entry: index, machine, written: JSON.stringify(entry.step), replayed: known.step });
    }
  }
  return differences;
}

function readConfig({ config, filterPatterns }: WrittenConfig): PollerConfig {
  if (filterPatterns.length === 0) return restored(config);
  const compiled = compileFilters(filterPatterns, config.kind as SourceKind);
  return compiled.ok ? { ...restored(config), filters: compiled.filters } : restored(config);
}

/** What JSON has no word for. */
function restored(config: WrittenConfig['config']): PollerConfig {
  return { ...config, concurrency: config.concurrency ?? Number.POSITIVE_INFINITY };
}

function readFact(written: unknown): PollerFact {
  const fact = written as PollerFact;
  if (fact.what === 'configured') return { ...fact, config: readConfig(fact.config as unknown as WrittenConfig) };
  if (fact.what === 'allowanceChanged') return { ...fact, batches: fact.batches ?? Number.POSITIVE_INFINITY };
  if (fact.what !== 'fetched') return fact;
  return { ...fact, records: (fact.records as unknown as WrittenRecord[]).map(readRecord) };
}

function readRecord({ position, lane, arrivalMs, encodedBytes, view }: WrittenRecord): PolledRecord {
  const seen = view ?? { metadata: {}, data: {} };
  return { position, lane, arrivalMs, encodedBytes, seq: 0, finished: false, view: () => seen };
}
