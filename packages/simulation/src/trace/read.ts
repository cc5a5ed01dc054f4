/** The result of a run from its trace alone: the lines become events again, and the events a result. */

import type { CreatedMapping, TraceHeader, TraceLine } from '@millrace/semantics';
import { ResultBuilder, type ResultContext } from '../result/builder.ts';
import type { RunResult } from '../result/result.ts';
import type { TraceEvent } from './event.ts';

/**
 * Computes a run's result from its header and all its lines, in order. The same as `Run.result`, but for what JSON
 * does not keep (fields that are undefined).
 */
export function resultOfTrace(header: TraceHeader, lines: Iterable<TraceLine>): RunResult {
  const names = new TraceNames(header.startMs);
  const builder = new ResultBuilder(contextOfTrace(header, names));
  for (const line of lines) builder.observe(names.event(line));
  return builder.result();
}

/** Numbers for the names in a trace: records in the order of their arrival, mappings in that of their creation. */
export class TraceNames {
  readonly #startMs: number;
  readonly #records: string[] = [];
  readonly #ordinals = new Map<string, number>();
  readonly mappings: CreatedMapping[] = [];
  readonly #indexes = new Map<string, number>();

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  event(line: Omit<TraceLine, 'seq'> & { readonly seq?: number }): TraceEvent {
    if (line.what === 'called') this.#learn((line.data?.created ?? []) as readonly CreatedMapping[]);
    if (line.what === 'arrived' && line.data?.source !== undefined) this.#arrive(line.records ?? []);
    const { seq: _, why: _why, at, mapping, records, ...rest } = line;
    const index = mapping === undefined ? undefined : this.#indexes.get(mapping);
    return {
      ...(rest as Omit<TraceEvent, 'at' | 'mapping' | 'records'>),
      at: at + this.#startMs,
      ...(index !== undefined && { mapping: index }),
      ...(records && { records: records.map((record) => this.#ordinals.get(record) ?? -1) }),
    };
  }

  #learn(created: readonly CreatedMapping[]): void {
    for (const mapping of created) {
      this.#indexes.set(mapping.name, this.mappings.length);
      this.mappings.push(mapping);
    }
  }

  #arrive(records: readonly string[]): void {
    for (const record of records) {
      this.#ordinals.set(record, this.#records.length);
      this.#records.push(record);
    }
  }

  recordName(ordinal: number): string {
    return this.#records[ordinal] ?? '';
  }
}

export function contextOfTrace(header: TraceHeader, names: TraceNames, summary = false): ResultContext {
  const { scenario, seed, startMs, plural, sources } = header;
  const queues = new Set(['sqs', 'sqs-fifo']);
  return {
    scenario,
    seed,
    startMs,
    plural,
    summary,
    sources: sources.map(({ name, type }) => ({ name, isQueue: queues.has(type) })),
    recordName: (ordinal) => names.recordName(ordinal),
    mappingName: (index) => names.mappings[index]?.name ?? '',
    functionName: (index) => names.mappings[index]?.function ?? '',
    mappingsOf: (source) => {
      const name = sources[source]?.name;
      return names.mappings.flatMap((mapping, index) => (mapping.source === name ? [index] : []));
    },
    mappingCount: () => names.mappings.length,
  };
}
