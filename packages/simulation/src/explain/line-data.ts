/** Fields of trace lines, read with care: a trace may come from another version or another program. */
import { isRuleId, sentence, type TraceLine } from '@millrace/semantics';

export function numberOf(line: TraceLine, name: string): number | undefined {
  const value = line.data?.[name];
  return typeof value === 'number' ? value : undefined;
}

export function textOf(line: TraceLine, name: string): string | undefined {
  const value = line.data?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** The line's reason: its own sentence, or the rule's. */
export function whyOf(line: TraceLine): string | undefined {
  if (line.why !== undefined) return line.why;
  return line.rule !== undefined && isRuleId(line.rule) ? sentence(line.rule, line.data) : undefined;
}

/** Outcomes with which the function did not run, or nobody knows whether it did. */
const notRun: ReadonlySet<string> = new Set(['throttled', 'unreachable', 'lost']);

export function ran(outcome: string): boolean {
  return !notRun.has(outcome);
}

/** The records reported as failed, by id; `failed` may hold places in the batch. */
export function failedRecords(line: TraceLine, records: readonly string[]): Set<string> {
  const failed = line.data?.failed;
  if (!Array.isArray(failed)) return new Set();
  return new Set(failed.map((one) => (typeof one === 'number' ? (records[one] ?? '') : String(one))));
}

/** Which records an attempt has: later lines about it need not repeat them. */
export class AttemptRecords {
  private readonly open = new Map<string, readonly string[]>();

  recordsOf(line: TraceLine): readonly string[] {
    const { attempt, records } = line;
    if (attempt === undefined) return records ?? [];
    if (line.what === 'invoke' && records) this.open.set(attempt, records);
    const known = records ?? this.open.get(attempt) ?? [];
    if (line.what === 'settled') this.open.delete(attempt);
    return known;
  }
}
