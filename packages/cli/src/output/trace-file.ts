/**
 * The trace on disk. Invariants: (1) the file appears under its name only when the run is over and all of it is
 * written; until then it is `<name>.partial`. (2) What is written always ends at a whole line. (3) Memory holds at
 * most one chunk: a full chunk is written before the simulator goes on.
 */
import { closeSync, openSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import type { TraceHeader, TraceLine } from '@millrace/simulation';
import { fileError } from '../errors.ts';

const chunkLength = 1 << 20;

export class TraceFile {
  readonly path: string;
  /** Where it is written; the same as `path` where that is a device or a pipe. */
  readonly partialPath: string;
  private readonly fd: number;
  private chunk = '';
  private open = true;

  /** @throws {UsageError} when the file cannot be written */
  constructor(path: string) {
    this.path = path;
    this.partialPath = isSpecial(path) ? path : `${path}.partial`;
    try {
      this.fd = openSync(this.partialPath, 'w');
    } catch (error) {
      fileError('write', path, error);
    }
  }

  /** A run that was given up may go on for a while: what it says then is not written. */
  write(entry: TraceHeader | TraceLine): void {
    if (!this.open) return;
    this.chunk += `${JSON.stringify(entry)}\n`;
    if (this.chunk.length >= chunkLength) this.flush();
  }

  /** The run is over: the file gets its name. */
  finish(): void {
    this.close();
    if (this.partialPath !== this.path) renameSync(this.partialPath, this.path);
  }

  /** The run was interrupted: what there is stays, under its partial name. */
  keepPartial(): string {
    this.close();
    return this.partialPath;
  }

  /** The run failed: nothing stays. Does nothing once the file is finished or kept. */
  drop(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.fd);
    if (this.partialPath !== this.path) unlinkSync(this.partialPath);
  }

  private close(): void {
    if (!this.open) return;
    this.flush();
    this.open = false;
    closeSync(this.fd);
  }

  /** One write call may take less than it was given. */
  private flush(): void {
    const bytes = Buffer.from(this.chunk);
    this.chunk = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      fileError('write', this.path, error);
    }
  }
}

function isSpecial(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}
