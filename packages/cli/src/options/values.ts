/** Values of flags, read strictly: a wrong one is refused with the flag's name and what it takes. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function countingNumber(text: string): number {
  const count = wholeNumber(text);
  if (count < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return count;
}

export function seedNumber(text: string): number {
  const seed = wholeNumber(text);
  if (seed < 0) throw new InvalidArgumentError('A seed is a whole number of at least 0.');
  return seed;
}

export function anyNumber(text: string): number {
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new InvalidArgumentError('It must be a number.');
  return Number(text);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const durationShape = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Checks a duration and gives it back as it was written: the scenario's reader understands it. */
export function durationText(text: string): string {
  durationMs(text);
  return text;
}

export function durationMs(text: string): number {
  if (text === '0') return 0;
  const [, count, unit] = durationShape.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new InvalidArgumentError('It must be a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d.');
  }
  return Math.round(Number(count) * (units[unit] ?? 1));
}

/** Node's timers cannot wait longer. */
const longestTimerMs = 2 ** 31 - 1;

export function patienceMs(text: string): number {
  const ms = durationMs(text);
  if (ms < 1 || ms > longestTimerMs) throw new InvalidArgumentError('It must be between 1ms and 24d.');
  return ms;
}

export function yesOrNo(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('It must be true or false.');
  return text === 'true';
}

export function jsonText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON (${error instanceof Error ? error.message : 'which it is not'}).`);
  }
}

/** Adds to a list with each use of a flag. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

export function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  return port;
}
