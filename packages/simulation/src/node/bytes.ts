/**
 * The bytes of a file or of standard input, in chunks, unpacked when they are gzip (told by their first bytes, not by
 * the file's name). Holds one chunk at a time. Every failure is an `InputError`.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../input-error.ts';

const chunkBytes = 256 * 1024;

export interface Bytes {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** How much of the file has been read, from 0 to 1; undefined for standard input. */
  progress(): number | undefined;
  /** May be called at any time, also twice. */
  close(): void;
}

/** Opens a file, or standard input as `-`. */
export async function openBytes(file: string, stdin: Readable = process.stdin): Promise<Bytes> {
  const { stream, sizeBytes } = file === '-' ? { stream: stdin, sizeBytes: undefined } : await openFile(file);
  const raw = named(stream, file);
  const head = await firstBytes(raw);
  if (head.length === 0) throw new InputError('is empty.', { code: 'empty', file });
  const content = continued(head, raw);
  const unpacked = head[0] === 0x1f && head[1] === 0x8b ? unpack(content) : undefined;
  return {
    chunks: unpacked === undefined ? content : named(unpacked, file),
    progress: () => (sizeBytes ? Math.min(1, (stream as ReadStream).bytesRead / sizeBytes) : undefined),
    close: () => {
      unpacked?.destroy();
      stream.destroy();
    },
  };
}

async function openFile(file: string): Promise<{ stream: ReadStream; sizeBytes: number }> {
  const facts = await stat(file).catch((cause: unknown) => {
    throw readError(cause, file);
  });
  if (facts.isDirectory()) {
    throw new InputError('is a directory; name the file in it.', { code: 'not-a-file', file });
  }
  return { stream: createReadStream(file, { highWaterMark: chunkBytes }), sizeBytes: facts.size };
}

/** At least two bytes, when there are as many: enough to know gzip. */
async function firstBytes(chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* continued(head: Buffer, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

/** An error of the file destroys the unpacked stream with it, so that the reader of that one hears of it. */
function unpack(content: AsyncIterable<Uint8Array>): Readable {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  pipeline(content, gunzip, () => {});
  return gunzip;
}

async function* named(stream: Readable, file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
  } catch (cause) {
    throw readError(cause, file);
  }
}

const sentences: Readonly<Record<string, readonly [InputError['code'], string]>> = {
  ENOENT: ['not-found', 'there is no such file.'],
  ENOTDIR: ['not-found', 'there is no such file.'],
  EISDIR: ['not-a-file', 'is a directory; name the file in it.'],
  EACCES: ['not-readable', 'may not be read (permission denied).'],
  EPERM: ['not-readable', 'may not be read (permission denied).'],
  Z_BUF_ERROR: ['truncated-gzip', 'the gzip data ends too early: the file is cut off; copy or download it again.'],
  Z_DATA_ERROR: ['corrupt-gzip', 'the gzip data is damaged; copy or download the file again.'],
};

/** Any failure of reading, as a sentence. */
export function readError(cause: unknown, file: string): InputError {
  if (cause instanceof InputError) return cause;
  const { code: errno = '', message } = cause as NodeJS.ErrnoException;
  const [code, sentence] = sentences[errno] ?? ['not-readable', `could not be read: ${message}.`];
  return new InputError(sentence, { code, file, cause });
}
