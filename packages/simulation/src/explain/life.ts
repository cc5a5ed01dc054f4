/**
 * The life of one record, gathered from a trace line by line. Only the lines about the record are kept, so a trace
 * may be of any length. Invariants: lines come in the order of the trace; a line is about the record when it names
 * it, or when it belongs to an attempt that had it.
 */

import type { TraceLine } from '@millrace/semantics';
import { closestNames } from '../closest.ts';
import { AttemptRecords, failedRecords, ran, textOf } from './line-data.ts';

/** Why a record was delivered once more. */
export type DeliveryReason =
  | 'first'
  | 'reported'
  | 'progress'
  | 'bystander'
  | 'batch'
  | 'alone'
  | 'split'
  | 'rest'
  | 'visible'
  | 'visible-reported'
  | 'lost'
  | 'reread';

export interface Delivery {
  readonly atMs: number;
  readonly reason: DeliveryReason;
  readonly outcome: string;
  readonly batchSize: number;
}

export interface Life {
  readonly record: string;
  readonly mapping: string | undefined;
  /** The lines about it, in order. */
  readonly lines: readonly TraceLine[];
  readonly deliveries: readonly Delivery[];
  /** Its fate as the last line about it says; `pending` when none does. */
  readonly fate: string;
  readonly fateLine: TraceLine | undefined;
}

/** Ids that are compared with one that may not exist: a trace can hold millions. */
const mostLooked = 100_000;

/** Gathers the life of a record. With a mapping: only what happened to it there. */
export class LifeCollector {
  private readonly attempts = new AttemptRecords();
  private readonly lives = new Map<string, LifeBuilder>();
  private readonly shared: TraceLine[] = [];
  private readonly near = new Set<string>();
  private looked = 0;
  readonly record: string;
  private readonly mapping: string | undefined;

  constructor(record: string, mapping?: string) {
    this.record = record;
    this.mapping = mapping;
  }

  take(line: TraceLine): void {
    const records = this.attempts.recordsOf(line);
    if (line.what === 'event') this.disturbed(line);
    if (line.what === 'arrived') this.suggest(records);
    if (!records.includes(this.record)) return;
    if (line.mapping === undefined) this.takeShared(line);
    else if (this.mapping === undefined || this.mapping === line.mapping) this.lifeIn(line.mapping).take(line, records);
  }

  /** One life per mapping that saw the record; one without a mapping when none did. Empty: the record is unknown. */
  finish(): Life[] {
    if (this.lives.size > 0) return [...this.lives.values()].map((life) => life.finish());
    if (this.shared.length === 0) return [];
    const life = new LifeBuilder(this.record, undefined);
    for (const line of this.shared) life.take(line, [this.record]);
    return [life.finish()];
  }

  /** Ids of the trace that are close to the one asked for. */
  suggestions(): string[] {
    return closestNames(this.record, this.near);
  }

  private suggest(records: readonly string[]): void {
    if (this.near.size > 50 || this.looked > mostLooked || this.shared.length > 0) return;
    this.looked += records.length;
    for (const id of closestNames(this.record, records, 5)) this.near.add(id);
  }

  private disturbed(line: TraceLine): void {
    if (textOf(line, 'do') !== 'crash-poller') return;
    for (const life of this.lives.values()) life.disturbed(line);
  }

  private takeShared(line: TraceLine): void {
    this.shared.push(line);
    for (const life of this.lives.values()) life.take(line, [this.record]);
  }

  private lifeIn(mapping: string): LifeBuilder {
    const known = this.lives.get(mapping);
    if (known) return known;
    const life = new LifeBuilder(this.record, mapping);
    for (const line of this.shared) life.take(line, [this.record]);
    this.lives.set(mapping, life);
    return life;
  }
}

const fateOf: Readonly<Record<string, string>> = {
  filtered: 'filtered',
  skipped: 'skipped',
  discarded: 'discarded',
  'dead-lettered': 'dead-lettered',
  expired: 'expired',
  removed: 'removed',
};

/** What a line says has become of its records: a line may say so itself, whatever it is about. */
function fateIn(line: TraceLine): string | undefined {
  if (line.data?.duplicate === true) return 'deduplicated';
  return textOf(line, 'fate') ?? fateOf[line.what];
}

class LifeBuilder {
  private readonly lines: TraceLine[] = [];
  private readonly deliveries: Delivery[] = [];
  private fate = 'pending';
  private fateLine: TraceLine | undefined;
  private last: { outcome: string; reported: boolean; partial: boolean; size: number } | undefined;
  /** The attempt under way is what was left after progress, with a retry budget of its own. */
  private fresh = false;
  private since: 'visible' | 'lost' | undefined;
  /** The reason of an attempt that did not run: the retry in its place is made for the same reason. */
  private carried: DeliveryReason | undefined;
  private readonly record: string;
  private readonly mapping: string | undefined;

  constructor(record: string, mapping: string | undefined) {
    this.record = record;
    this.mapping = mapping;
  }

  take(line: TraceLine, records: readonly string[]): void {
    this.lines.push(line);
    if (line.what === 'invoke') this.fresh = line.rule === 'retry.budget-resets-on-progress';
    if (line.what === 'settled') this.settled(line, records);
    if (line.what === 'release') this.since = 'visible';
    const fate = fateIn(line);
    if (fate === undefined || (this.fateLine && fate === this.fate)) return;
    this.fate = fate;
    this.fateLine = line;
  }

  /** The poller lost its state: what comes next may be a repetition. */
  disturbed(line: TraceLine): void {
    if (this.fate !== 'pending') return;
    this.since = 'lost';
    this.lines.push(line);
  }

  finish(): Life {
    const { record, mapping, lines, deliveries, fate, fateLine } = this;
    return { record, mapping, lines, deliveries, fate, fateLine };
  }

  private settled(line: TraceLine, records: readonly string[]): void {
    const outcome = textOf(line, 'outcome') ?? 'success';
    if (outcome === 'lost') this.since = 'lost';
    const reason = this.carried ?? this.reason(textOf(line, 'closedBy') ?? 'retry');
    this.carried = ran(outcome) || outcome === 'lost' ? undefined : reason;
    if (!ran(outcome)) return;
    this.deliveries.push({ atMs: line.at, reason, outcome, batchSize: records.length });
    const failed = failedRecords(line, records);
    this.last = { outcome, partial: failed.size > 0, reported: failed.has(this.record), size: records.length };
    this.since = undefined;
  }

  /** Why it was in a batch that was cut anew. */
  private anew(): DeliveryReason {
    if (this.since === 'visible' && this.last?.reported) return 'visible-reported';
    return this.since ?? 'reread';
  }

  private reason(closedBy: string): DeliveryReason {
    if (this.deliveries.length === 0) return 'first';
    if (closedBy === 'split') return 'split';
    if (closedBy !== 'retry' && closedBy !== 'rest') return this.anew();
    if (this.last?.partial && this.last.reported) return this.fresh ? 'progress' : 'reported';
    if (this.last?.partial) return 'bystander';
    if (closedBy === 'rest') return 'rest';
    return (this.last?.size ?? 1) > 1 ? 'batch' : 'alone';
  }
}
