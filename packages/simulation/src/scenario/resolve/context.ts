/** What every resolver is given: where to report, and what is known about the whole scenario. */

import { orMeant } from '../../closest.ts';
import type { Place } from '../arns.ts';
import type { Path, Report } from '../problems.ts';
import { shown } from '../problems.ts';
import { parseDuration } from '../units.ts';

export interface Context extends Place {
  readonly report: Report;
  /** The scenario is to run against the wall clock: what only that can use is read instead of refused. */
  readonly live: boolean;
  /** Its events are played there, too. */
  readonly plays: boolean;
}

/** A list of things with names, for references to them. */
export interface Named {
  readonly what: 'source' | 'function' | 'mapping';
  readonly names: readonly string[];
}

/**
 * The index a reference means: of the name, or of the only one there is. Reports an unknown name and an ambiguous
 * silence, and then answers 0 so that the rest can still be checked.
 */
export function refer(to: Named, name: unknown, path: Path, field: string, report: Report): number {
  if (name === undefined) return referSilently(to, path, field, report);
  const index = to.names.indexOf(String(name));
  if (index >= 0) return index;
  const known = to.names.length === 0 ? 'there is none' : `there is ${to.names.map((one) => `\`${one}\``).join(', ')}`;
  const near = orMeant(String(name), to.names);
  report([...path, field], `names the ${to.what} ${shown(name)}, and ${known}${near}`);
  return 0;
}

function referSilently(to: Named, path: Path, field: string, report: Report): number {
  if (to.names.length === 1) return 0;
  const text =
    to.names.length === 0
      ? `needs a ${to.what}, and the scenario has none`
      : `does not say which ${to.what} it means: add \`${field}\` with one of ${to.names.join(', ')}`;
  report(path, text);
  return 0;
}

/** Milliseconds of a duration that the schema has checked. */
export function ms(value: unknown, initialMs: number): number {
  return parseDuration(value) ?? initialMs;
}

/** Reports names that stand twice. */
export function checkDistinct(what: string, names: readonly string[], paths: readonly Path[], report: Report): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) report(paths[index] ?? [], `is the second ${what} called \`${name}\`; names must differ`);
    seen.add(name);
  }
}

export const day = 86_400_000;
