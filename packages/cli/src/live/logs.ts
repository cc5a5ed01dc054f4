/** Log lines of a live run, as JSON on standard error. */
import { destination, pino } from 'pino';

export type Log = (level: 'info' | 'warn' | 'error', text: string) => void;

export function jsonLog(): Log {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination(2));
  return (level, text) => logger[level](text);
}
