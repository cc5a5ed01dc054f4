/**
 * Durations, instants and factors as people write them in a scenario. A number without a unit is refused, except 0:
 * whether `5` means seconds or milliseconds is a guess, and a wrong guess shows only in the results.
 */
import type { Millis } from '@millrace/semantics';

export const durationPattern = '^\\d+(\\.\\d+)?(ms|s|m|h|d)$';

/** What a duration looks like; ends sentences such as "at must be …". */
export const durationWords = 'a duration with its unit, such as 50ms, 1s, 5m, 1h or 4d';

const durationShape = new RegExp(durationPattern);
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `50ms`, `1.5s`, `5m`, `1h`, `4d`, 0 or `0`; undefined when it is none of them. */
export function parseDuration(value: unknown): Millis | undefined {
  if (value === 0 || value === '0') return 0;
  if (typeof value !== 'string' || !durationShape.test(value)) return undefined;
  const unit = value.endsWith('ms') ? 'ms' : value.slice(-1);
  return Math.round(Number(value.slice(0, -unit.length)) * (unitMs[unit] ?? 1));
}

const instantShape =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Milliseconds since the epoch of an ISO 8601 date and time, also with `/` or a blank as people's tables have them.
 * Without a zone it is UTC, so that the result never depends on the machine.
 */
export function parseInstant(value: unknown): Millis | undefined {
  const parts = typeof value === 'string' ? instantShape.exec(value) : null;
  if (parts === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = parts;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(date);
  if (back.getUTCMonth() !== Number(month) - 1 || back.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const clockMs = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000;
  return date + clockMs + Math.floor(Number(`0.${fraction || '0'}`) * 1000 + 1e-6) - zoneMs(zone);
}

function zoneMs(zone: string): Millis {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** From here on a number of an epoch time is milliseconds (1973 in milliseconds, the year 5138 in seconds). */
const epochMillisFrom = 1e11;

/** A recorded time: ISO, epoch seconds (also with a fraction) or epoch milliseconds, as number or text. */
export function parseRecordedTime(value: unknown): Millis | undefined {
  const number = typeof value === 'number' ? value : numberOfText(value);
  if (number === undefined) return parseInstant(value);
  if (!Number.isFinite(number) || number < 0) return undefined;
  return Math.round(number >= epochMillisFrom ? number : number * 1000);
}

function numberOfText(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

export const speedPattern = '^\\d+(\\.\\d+)?x?$';

/** `10x`, `0.5x`, `10` or 10: how many times faster than recorded; undefined when it is no positive factor. */
export function parseSpeed(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !new RegExp(speedPattern).test(text)) return undefined;
  const factor = Number(text.replace(/x$/, ''));
  return factor > 0 ? factor : undefined;
}
