/**
 * The few things worth knowing about a run, counted from its trace line by line. Memory grows with what is open or
 * in trouble, not with the run: only records of failed attempts are counted one by one, and waiting records are
 * followed up to a limit.
 */
import type { TraceLine } from '@millrace/semantics';
import { AttemptRecords, numberOf, textOf } from './line-data.ts';

export interface BatchesBy {
  batches: number;
  records: number;
}

/** A lane that went on with the same records: from the first failure until it was done with them. */
export interface Blockade {
  readonly mapping: string;
  readonly lane: string;
  readonly sinceMs: number;
  untilMs: number;
  /** The smallest failed batch in it: the likeliest culprits. */
  records: readonly string[];
}

export interface Overview {
  readonly invocationsBy: ReadonlyMap<string, BatchesBy>;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly deliveries: ReadonlyMap<string, number>;
  readonly blockades: readonly Blockade[];
  readonly longestWait: { readonly ms: number; readonly record: string } | undefined;
  /** The highest age of a batch's last record when the batch was invoked; shards only. */
  readonly iteratorAgeMs: number;
  readonly discards: ReadonlyMap<string, number>;
  readonly undelivered: number;
  readonly fates: ReadonlyMap<string, number>;
  readonly rules: ReadonlyMap<string, number>;
  readonly mostPollers: number;
  readonly violations: readonly string[];
  readonly refusals: readonly string[];
  readonly endMs: number;
}

interface Waiting {
  readonly sinceMs: number;
  invoked: boolean;
}

const again: ReadonlySet<string> = new Set(['retry', 'split', 'rest']);
const mostWaiting = 1_000_000;
const mostBlockades = 1000;
const fateLines: ReadonlySet<string> = new Set(['filtered', 'skipped', 'dead-lettered', 'expired', 'removed']);

export class OverviewCollector {
  private readonly attempts = new AttemptRecords();
  private readonly invocationsBy = new Map<string, BatchesBy>();
  private readonly outcomes = new Map<string, number>();
  private readonly deliveries = new Map<string, number>();
  private readonly openBlockades = new Map<string, Blockade>();
  private readonly blockades: Blockade[] = [];
  private readonly waiting = new Map<string, Waiting>();
  private iteratorAgeMs = 0;
  private longestWait: { ms: number; record: string } | undefined;
  private readonly discards = new Map<string, number>();
  private undelivered = 0;
  private readonly fates = new Map<string, number>();
  private readonly rules = new Map<string, number>();
  private mostPollers = 0;
  private readonly violations: string[] = [];
  private readonly refusals: string[] = [];
  private endMs = 0;

  take(line: TraceLine): void {
    this.endMs = Math.max(this.endMs, line.at);
    if (line.rule !== undefined) bump(this.rules, line.rule, 1);
    const records = this.attempts.recordsOf(line);
    if (line.what === 'arrived') this.arrived(line, records);
    else if (line.what === 'invoke') this.invoked(line, records);
    else if (line.what === 'settled') this.settled(line, records);
    else this.other(line, records);
  }

  finish(): Overview {
    for (const blockade of this.openBlockades.values()) this.ended(blockade);
    const { invocationsBy, outcomes, deliveries, blockades, longestWait, iteratorAgeMs, discards, undelivered } = this;
    const { fates, rules, mostPollers, violations, refusals, endMs } = this;
    return {
      invocationsBy,
      outcomes,
      deliveries,
      blockades,
      longestWait,
      iteratorAgeMs,
      discards,
      undelivered,
      fates,
      rules,
      mostPollers,
      violations,
      refusals,
      endMs,
    };
  }

  private arrived(line: TraceLine, records: readonly string[]): void {
    if (line.data?.duplicate === true) {
      bump(this.fates, 'deduplicated', records.length);
      return;
    }
    for (const record of records) {
      if (this.waiting.size < mostWaiting) this.waiting.set(record, { sinceMs: line.at, invoked: false });
    }
  }

  private invoked(line: TraceLine, records: readonly string[]): void {
    for (const record of records) this.firstInvoked(line, record);
    const last = this.waiting.get(records.at(-1) ?? '');
    if (last && line.lanes?.some(isShard)) this.iteratorAgeMs = Math.max(this.iteratorAgeMs, line.at - last.sinceMs);
    for (const lane of line.lanes ?? []) this.endBlockade(line, lane, records);
  }

  private firstInvoked(line: TraceLine, record: string): void {
    const waiting = this.waiting.get(record);
    if (!waiting || waiting.invoked) return;
    waiting.invoked = true;
    const ms = line.at - waiting.sinceMs;
    if (ms > (this.longestWait?.ms ?? 0)) this.longestWait = { ms, record };
  }

  private settled(line: TraceLine, records: readonly string[]): void {
    const outcome = textOf(line, 'outcome') ?? 'success';
    const closedBy = textOf(line, 'closedBy') ?? 'unknown';
    const by = this.invocationsBy.get(closedBy) ?? { batches: 0, records: 0 };
    this.invocationsBy.set(closedBy, by);
    by.batches += 1;
    by.records += records.length;
    bump(this.outcomes, outcome, 1);
    const counted = outcome !== 'throttled' && outcome !== 'unreachable' && outcome !== 'lost';
    for (const record of records) {
      const known = this.deliveries.get(record);
      if (known === undefined && outcome === 'success' && !again.has(closedBy)) continue;
      this.deliveries.set(record, (known ?? 0) + (counted ? 1 : 0));
    }
    for (const lane of line.lanes ?? []) this.followBlockade(line, lane, records, outcome);
  }

  private followBlockade(line: TraceLine, lane: string, records: readonly string[], outcome: string): void {
    const key = `${line.mapping}\n${lane}`;
    const open = this.openBlockades.get(key);
    if (open) {
      open.untilMs = line.at;
      if (outcome !== 'success' && records.length <= open.records.length) open.records = records;
    } else if (outcome !== 'success') {
      this.openBlockades.set(key, { mapping: line.mapping ?? '', lane, sinceMs: line.at, untilMs: line.at, records });
    }
  }

  private endBlockade(line: TraceLine, lane: string, records: readonly string[]): void {
    const key = `${line.mapping}\n${lane}`;
    const open = this.openBlockades.get(key);
    if (!open || again.has(textOf(line, 'closedBy') ?? '') || records.some((record) => open.records.includes(record)))
      return;
    this.openBlockades.delete(key);
    this.ended(open);
  }

  private discarded(line: TraceLine, records: readonly string[]): void {
    this.stretchBlockades(line);
    // What its source kept no longer was given up by nobody.
    if (textOf(line, 'fate') === 'expired') {
      bump(this.fates, 'expired', records.length);
      return;
    }
    bump(this.discards, textOf(line, 'condition') ?? 'unknown', records.length);
    if (line.data?.delivered === false && line.data.destination) this.undelivered += records.length;
  }

  /** A lane waits for its destination, too. */
  private stretchBlockades(line: TraceLine): void {
    for (const lane of line.lanes ?? []) {
      const open = this.openBlockades.get(`${line.mapping}\n${lane}`);
      if (open) open.untilMs = line.at;
    }
  }

  private ended(blockade: Blockade): void {
    if (blockade.untilMs > blockade.sinceMs) this.blockades.push(blockade);
    this.blockades.sort((a, b) => b.untilMs - b.sinceMs - (a.untilMs - a.sinceMs));
    if (this.blockades.length > mostBlockades) this.blockades.length = mostBlockades;
  }

  private other(line: TraceLine, records: readonly string[]): void {
    const { what } = line;
    if (what === 'done' || what === 'acknowledged' || what === 'discarded' || fateLines.has(what))
      for (const record of records) this.waiting.delete(record);
    if (what === 'discarded') {
      this.discarded(line, records);
    } else if (fateLines.has(what)) bump(this.fates, what, records.length);
    else if (what === 'scaled') this.mostPollers = Math.max(this.mostPollers, numberOf(line, 'to') ?? 0);
    else if (what === 'violation') this.violations.push(`${textOf(line, 'invariant')}: ${textOf(line, 'message')}`);
    else if (what === 'refused') this.refusals.push(`${textOf(line, 'code')}: ${textOf(line, 'message')}`);
  }
}

function isShard(lane: string): boolean {
  return lane.startsWith('shardId-');
}

function bump(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
