/** Trace files read line by line, also gzipped; a line that is none is refused with its number. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { TraceLine } from '@millrace/simulation';
import { fileError, UsageError } from '../errors.ts';

const gzipMagic = 0x1f8b;
const traceStart = '{"millrace-trace"';

/** Whether a file is a trace, by its first bytes; a gzipped one by its name (scenarios are never gzipped). */
export async function isTraceFile(file: string): Promise<boolean> {
  if (file === '-') return true;
  const start = await firstBytes(file, traceStart.length);
  return start.toString('utf8').startsWith(traceStart) || isGzip(start);
}

function isGzip(start: Buffer): boolean {
  return start.length >= 2 && start.readUInt16BE(0) === gzipMagic;
}

async function firstBytes(file: string, length: number): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    fileError('read', file, error);
  }
}

/** Hands over every line after the header, in order. @throws {UsageError} naming file and line of what is no trace */
export async function readTrace(file: string, take: (line: TraceLine) => void): Promise<void> {
  const name = file === '-' ? 'standard input' : file;
  const input = file === '-' ? process.stdin : await fileStream(file);
  let failure: unknown;
  input.on('error', (error: Error) => {
    failure = error;
  });
  const state = { number: 0 };
  try {
    await eachTraceLine(name, input, state, take);
  } catch (error) {
    // The iterator throws what the stream reported; anything else is its own sentence, or a bug.
    if (error !== failure) throw error;
  }
  if (failure instanceof Error) {
    throw new UsageError(`${name}: it cannot be read to its end after line ${state.number} (${failure.message}).`, {
      cause: failure,
    });
  }
  if (state.number === 0) throw new UsageError(`${name}: it is empty, not a trace.`);
}

async function eachTraceLine(
  name: string,
  input: Readable,
  state: { number: number },
  take: (line: TraceLine) => void,
): Promise<void> {
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    state.number += 1;
    if (state.number === 1) checkHeader(name, text);
    else if (text !== '') take(parseLine(name, state.number, text));
  }
}

async function fileStream(file: string): Promise<Readable> {
  const stream = createReadStream(file);
  if (!isGzip(await firstBytes(file, 2))) return stream;
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

function checkHeader(name: string, text: string): void {
  const header = parsed(text);
  if (header?.['millrace-trace'] === 1) return;
  throw new UsageError(
    `${name} line 1: it is not the header of a trace; write one with millrace run SCENARIO --trace FILE.`,
  );
}

function parseLine(name: string, number: number, text: string): TraceLine {
  const line = parsed(text);
  if (line && typeof line.at === 'number' && typeof line.what === 'string') return line as unknown as TraceLine;
  throw new UsageError(`${name} line ${number}: it is not a line of a trace; the file may be cut off or damaged.`);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
