/** What handlers log goes to standard error: standard output belongs to the report, the JSON or the explanation. */
import { Console } from 'node:console';
import process from 'node:process';

export function logToStandardError(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}
