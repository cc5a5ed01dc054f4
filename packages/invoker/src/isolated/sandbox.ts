/**
 * A process of its own, in a process group of its own, that cannot outlive this process.
 *
 * A small shell stands before the program and becomes it (same process id, so that exit codes and signals are the
 * program's). It leaves a guard behind that reads from a pipe which only this process holds open: when this process ends,
 * however it does, the guard kills the whole group. A program that leaves its group (setsid) escapes that.
 *
 * Linux is told besides to take these processes first when memory runs out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { LOG_LIMIT_BYTES, tailText } from '../worker/log-ring.ts';

const GUARD = `
echo 1000 2>/dev/null >/proc/self/oom_score_adj
{ read -r _; kill -9 0; } <&3 >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export interface SandboxOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Exit {
  /** As a shell says it: 128 and the signal's number for a signal. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
}

export class Sandbox {
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  #tail = Buffer.alloc(0);

  constructor({ command, cwd, env }: SandboxOptions, exited: (exit: Exit) => void) {
    this.#child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.pid = this.#child.pid;
    for (const stream of this.#streams()) {
      stream.on('data', (chunk: Buffer) => this.#keep(chunk));
      stream.on('error', () => {});
    }
    this.#child.stdio[3]?.on('error', () => {});
    this.#child.on('error', (error) => {
      this.#keep(Buffer.from(`${error.message}\n`));
      if (this.pid === undefined) exited({ exitCode: 127, signal: undefined });
    });
    this.#child.on('exit', (code, signal) => exited({ exitCode: code ?? 128, signal: signal ?? undefined }));
  }

  /** Kills the group, also what the program left behind when it ended. */
  kill(): void {
    try {
      if (this.pid !== undefined) process.kill(-this.pid, 'SIGKILL');
    } catch {
      // The group is gone.
    }
  }

  /** After the end: lets go of the pipes, which a process outside of the group may still hold. */
  letGo(): void {
    this.kill();
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  /** The end of what was written since the last call. */
  takeLogs(): string | undefined {
    const bytes = this.#tail;
    this.#tail = Buffer.alloc(0);
    return bytes.length === 0 ? undefined : tailText(bytes);
  }

  #keep(chunk: Buffer): void {
    const both = chunk.length >= LOG_LIMIT_BYTES ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = Buffer.from(both.subarray(-LOG_LIMIT_BYTES));
  }

  #streams(): readonly Readable[] {
    return [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
  }
}

/** The program's file, found as a shell of ours would: the function's own search path is another. */
export function findProgram(program: string, cwd: string): string {
  if (program.includes('/')) return resolve(cwd, program);
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? program;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
