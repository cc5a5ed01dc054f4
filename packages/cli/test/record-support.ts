/** Records through the command, and reads what it wrote as `millrace replay` does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HandlerGuard } from '../src/handlers/guard.ts';
import { simulationEngine } from '../src/wiring.ts';
import { type Session, scratch, session } from './support.ts';

export interface Recorded {
  readonly code: number;
  readonly err: string;
  readonly file: string;
  readonly header: { readonly millrace: number; readonly source: Readonly<Record<string, unknown>> };
  readonly entries: readonly Entry[];
}

export type Entry = Readonly<Record<string, unknown>> & { readonly at: string };

/** `while`: what happens meanwhile; it is given the session, to press Ctrl-C. */
export async function record(
  args: readonly string[],
  during?: (shell: Session) => Promise<unknown>,
  name = 'recorded.jsonl',
): Promise<Recorded> {
  const file = join(scratch(), name);
  const shell = session();
  const [code] = await Promise.all([shell.run('record', ...args, '--out', file), during?.(shell)]);
  const { header, entries } = code === 0 ? linesOf(file) : { header: { millrace: 0, source: {} }, entries: [] };
  return { code, err: shell.err, file, header, entries };
}

export function linesOf(file: string): Pick<Recorded, 'header' | 'entries'> {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  if (!text.endsWith('\n')) throw new Error('The last line of the file is not whole.');
  const [header, ...entries] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { header, entries };
}

/** Replays a recorded file through a mapping of its own type; answers the events that the function got. */
export async function replayed(file: string, ...flags: readonly string[]): Promise<Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = [];
  const name = `events${++replays}`;
  Object.assign(globalThis, { [name]: events });
  const handler = join(dirname(file), 'handler.mjs');
  writeFileSync(handler, `export const handler = (event) => void globalThis.${name}.push(structuredClone(event));`);
  const shell = session({ engine: simulationEngine(new HandlerGuard()) });
  const code = await shell.run('replay', file, '--handler', `${handler}#handler`, ...flags);
  if (code !== 0) throw new Error(shell.err + shell.out);
  return events;
}

let replays = 0;
