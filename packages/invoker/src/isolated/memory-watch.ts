/**
 * Holds processes to their memory: reads from /proc, a few times a second while they work, how much a process and its
 * descendants have resident. Only Linux tells that way; elsewhere nothing is enforced.
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;
const PAGE_BYTES = 4_096;
const MOST_PROCESSES = 200;

interface Entry {
  readonly pid: number;
  readonly limitBytes: number;
  readonly over: () => void;
}

const working = new Set<Entry>();
let timer: NodeJS.Timeout | undefined;

/** Watches from now on; returns what ends that. */
export function watchMemory(pid: number, limitMb: number, over: () => void): () => void {
  const entry = { pid, limitBytes: limitMb * 1_048_576, over };
  working.add(entry);
  timer ??= setInterval(look, LOOK_EVERY_MS).unref();
  return () => void working.delete(entry);
}

function look(): void {
  for (const entry of working) {
    if (residentBytes(entry.pid) > entry.limitBytes) entry.over();
  }
  if (working.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** Of the process and its descendants; 0 where nobody can tell. */
function residentBytes(pid: number): number {
  const found = [pid];
  let pages = 0;
  for (let index = 0; index < Math.min(found.length, MOST_PROCESSES); index += 1) {
    const next = found[index] ?? 0;
    pages += Number(read(`/proc/${next}/statm`).split(' ')[1] ?? 0);
    for (const child of read(`/proc/${next}/task/${next}/children`).split(' ')) {
      if (child !== '') found.push(Number(child));
    }
  }
  return pages * PAGE_BYTES;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
