/**
 * Bytes as blocks of whole lines: one decoding for each chunk of bytes, whatever the number of lines in it.
 *
 * Invariants: a block ends at the end of a line; memory holds one chunk and one unfinished line, which is refused by
 * its number when it grows over `longestLineBytes`; text that is no UTF-8 is refused, never replaced.
 */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../input-error.ts';

export const defaultLongestLineBytes = 16 * 1024 * 1024;

export interface Block {
  /** Whole lines, without the last line feed. */
  readonly text: string;
  /** Number of its first line, counted from 1. */
  readonly line: number;
}

const lineFeed = 0x0a;

export class LineReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #file: string;
  readonly #longestLineBytes: number;
  #carry: Buffer[] = [];
  #carryBytes = 0;
  #line = 1;
  #ended = false;
  #peeked: Block | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>, file: string, longestLineBytes = defaultLongestLineBytes) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#file = file;
    this.#longestLineBytes = longestLineBytes;
  }

  /** The next block, without taking it. */
  async peek(): Promise<Block | undefined> {
    this.#peeked ??= await this.#read();
    return this.#peeked;
  }

  /** Undefined at the end. */
  async next(): Promise<Block | undefined> {
    const block = this.#peeked ?? (await this.#read());
    this.#peeked = undefined;
    return block;
  }

  async #read(): Promise<Block | undefined> {
    while (!this.#ended) {
      const { done, value } = await this.#chunks.next();
      if (done === true) {
        this.#ended = true;
        return this.#carryBytes === 0 ? undefined : this.#block(this.#joined());
      }
      const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const end = chunk.lastIndexOf(lineFeed);
      if (end < 0) this.#keep(chunk);
      else return this.#upTo(chunk, end);
    }
    return undefined;
  }

  /** What is kept must not be part of a chunk that is reused, and does not keep a large chunk alive. */
  #keep(chunk: Buffer): void {
    this.#carry.push(Buffer.from(chunk));
    this.#carryBytes += chunk.length;
    if (this.#carryBytes > this.#longestLineBytes) this.#tooLong(this.#line);
  }

  #upTo(chunk: Buffer, end: number): Block {
    const first = chunk.indexOf(lineFeed);
    if (this.#carryBytes + first > this.#longestLineBytes) this.#tooLong(this.#line);
    const lines = this.#carryBytes === 0 ? chunk.subarray(0, end) : this.#joined(chunk.subarray(0, end));
    const block = this.#block(lines);
    this.#carry = [];
    this.#carryBytes = 0;
    if (end + 1 < chunk.length) this.#keep(chunk.subarray(end + 1));
    return block;
  }

  #joined(more?: Buffer): Buffer {
    return Buffer.concat(more === undefined ? this.#carry : [...this.#carry, more]);
  }

  #block(bytes: Buffer): Block {
    const line = this.#line;
    if (line === 1 && isUtf16(bytes)) {
      this.#refuse('bad-encoding', 'the file is UTF-16; save it as UTF-8.', 1);
    }
    if (!isUtf8(bytes)) this.#refuse('bad-encoding', 'the text is not UTF-8.', line + badLine(bytes));
    const text = bytes.toString('utf8');
    this.#line += count(bytes) + 1;
    return { line, text: line === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text };
  }

  #tooLong(line: number): never {
    const limit = this.#longestLineBytes;
    const size = limit >= 1024 * 1024 ? `${limit / 1024 / 1024} MB` : `${limit} bytes`;
    return this.#refuse('line-too-long', `the line is longer than ${size}; a fixture has one record a line.`, line);
  }

  #refuse(code: 'bad-encoding' | 'line-too-long', what: string, line: number): never {
    throw new InputError(what, { code, file: this.#file, line });
  }
}

/** PowerShell's `>` writes UTF-16. */
function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Index of the first line that is no UTF-8. */
function badLine(bytes: Buffer): number {
  let index = 0;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(lineFeed, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return index;
    start = end + 1;
    index++;
  }
}

function count(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) lines++;
  return lines;
}
