/**
 * Opens a file of recorded records: recognised by its content, streamed, as a feed of arrivals.
 *
 * Invariant: at most one chunk of bytes is read ahead of what the feed has given out.
 */
import type { Readable } from 'node:stream';
import type { SourceKind } from '@millrace/semantics';
import { chunkSize } from '../feed/records.ts';
import { detect } from '../fixture/detect.ts';
import { FixtureReader, type ReaderOptions } from '../fixture/reader.ts';
import type { Decoder, FixtureFormat, TableColumns } from '../fixture/recorded.ts';
import { rowDecoder } from '../fixture/rows.ts';
import { FieldError, InputError } from '../input-error.ts';
import { defined } from '../scenario/defined.ts';
import type { KafkaSource, KinesisSource, SourceDocument } from '../scenario/document.ts';
import type { Arrival, ArrivalFeed } from '../scenario/plan.ts';
import { type Bytes, openBytes } from './bytes.ts';
import { csvRows, delimiterOf } from './csv.ts';
import { type JsonValues, valuePerLine, valuesAcrossLines } from './json-values.ts';
import { type Block, defaultLongestLineBytes, LineReader } from './lines.ts';

export interface FixtureOptions extends TableColumns {
  /** Type of source to send the records to; default: the one they were recorded at. Needed for tables. */
  readonly kind?: SourceKind | undefined;
  /** How many times faster than recorded; default 1. */
  readonly speed?: number | undefined;
  /** Index into `Plan.sources`; default 0. */
  readonly source?: number | undefined;
  /** Of the source, to pace records without times; default: what the fixture says, else 1. */
  readonly shards?: number | undefined;
  /** Of the source; a record of a partition beyond is refused. */
  readonly partitions?: number | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  /** Records without an id are called `<prefix><n>`. */
  readonly idPrefix?: string | undefined;
  /** Default 16 MB. */
  readonly longestLineBytes?: number | undefined;
  /** What `-` reads; default the process's standard input. */
  readonly stdin?: Readable | undefined;
}

export interface OpenedFixture {
  readonly format: FixtureFormat;
  /** False when nothing in the fixture says when a record arrived. */
  readonly timed: boolean;
  /** The source as the fixture describes it; shards and partitions are those seen in its first chunk. */
  readonly source: SourceDocument;
  readonly feed: ArrivalFeed;
  /** How much of the file has been read, from 0 to 1; undefined for standard input. */
  progress(): number | undefined;
}

/** Opens a file, or standard input as `-`. Rejects with an `InputError`; so does the feed, later. */
export async function openFixture(file: string, options: FixtureOptions = {}): Promise<OpenedFixture> {
  const bytes = await openBytes(file, options.stdin);
  try {
    return await readFixture(bytes, file, options);
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/** The same from bytes; `file` is what errors name. */
export async function readFixture(bytes: Bytes, file: string, options: FixtureOptions = {}): Promise<OpenedFixture> {
  const lines = new LineReader(bytes.chunks, file, options.longestLineBytes);
  const stream = new FixtureStream(await contentOf(lines, file, options), bytes, file, options);
  const first = await stream.next();
  if (first === undefined) throw new InputError('holds no records.', { code: 'empty', file });
  return {
    format: stream.format,
    timed: stream.timed,
    source: stream.describedSource(),
    feed: startingWith(first, stream),
    progress: () => bytes.progress(),
  };
}

function startingWith(first: readonly Arrival[], stream: FixtureStream): ArrivalFeed {
  let pending: readonly Arrival[] | undefined = first;
  return {
    next() {
      const chunk = pending;
      pending = undefined;
      return chunk ?? stream.next();
    },
    close: () => stream.close(),
  };
}

/** Values of the fixture; the decoder is chosen by the first. */
interface Content {
  readonly values: JsonValues;
  decoderFor(first: unknown): Decoder;
}

async function contentOf(lines: LineReader, file: string, options: FixtureOptions): Promise<Content> {
  let block = await lines.peek();
  while (block !== undefined && block.text.trim() === '') {
    await lines.next();
    block = await lines.peek();
  }
  if (block === undefined) throw new InputError('is empty.', { code: 'empty', file });
  const first = firstLine(block);
  const decoderFor = (value: unknown) => detected(value, file, first.line, options);
  if (!/^\s*[[{]/.test(first.text)) return csvContent(lines, file, first, options);
  const values = isJson(first.text) ? valuePerLine(lines, file) : valuesAcrossLines(lines, file);
  return { values, decoderFor };
}

function firstLine({ text, line }: Block): { text: string; line: number } {
  const lines = text.split('\n', 100);
  const index = lines.findIndex((one) => one.trim() !== '');
  return { text: lines[index] ?? text.trimStart(), line: line + Math.max(0, index) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function detected(value: unknown, file: string, line: number, options: FixtureOptions): Decoder {
  const found = detect(value, options);
  if (found.ok) return found.decoder;
  if (found.reason === 'kind-missing') throw kindMissing(file);
  throw unknownFormat(file, line);
}

function kindMissing(file: string): InputError {
  const what =
    'holds plain rows, which do not say what kind of source they are for; name it (`--source kinesis`), and the columns for key, time and data.';
  return new InputError(what, { code: 'unknown-format', file });
}

function unknownFormat(file: string, line: number): InputError {
  const what =
    'is none of the formats that can be read: Millrace JSONL, saved Lambda events, output of `aws … get-records` or `receive-message`, `kcat -J`, CSV or JSON rows.';
  return new InputError(what, { code: 'unknown-format', file, line });
}

function csvContent(
  lines: LineReader,
  file: string,
  header: { readonly text: string; readonly line: number },
  options: FixtureOptions,
): Content {
  const columns = [options.key, options.time, options.data].filter((column) => column !== undefined);
  const delimiter = delimiterOf(header.text) ?? (columns.includes(header.text.trim()) ? ',' : undefined);
  if (delimiter === undefined) throw unknownFormat(file, header.line);
  const { kind } = options;
  if (kind === undefined) throw kindMissing(file);
  return {
    values: csvRows(lines, file, delimiter, options.longestLineBytes ?? defaultLongestLineBytes),
    decoderFor: (row) => rowDecoder('rows-csv', kind, options, row as Readonly<Record<string, string>>),
  };
}

class FixtureStream {
  readonly #content: Content;
  readonly #bytes: Bytes;
  readonly #file: string;
  readonly #options: FixtureOptions;
  #decoder: Decoder | undefined;
  #reader: FixtureReader | undefined;
  #ended = false;

  constructor(content: Content, bytes: Bytes, file: string, options: FixtureOptions) {
    this.#content = content;
    this.#bytes = bytes;
    this.#file = file;
    this.#options = options;
  }

  get format(): FixtureFormat {
    return this.#decoder!.format;
  }

  get timed(): boolean {
    return this.#reader?.timed ?? false;
  }

  describedSource(): SourceDocument {
    const source = this.#decoder!.source ?? ({ type: this.#decoder!.kind } as SourceDocument);
    const { shards, highestPartition } = this.#reader!;
    if (source.type === 'kinesis') return withShards(source, shards.size);
    if (source.type === 'msk' || source.type === 'self-managed-kafka')
      return withPartitions(source, highestPartition + 1);
    return source;
  }

  async next(): Promise<readonly Arrival[] | undefined> {
    const out: Arrival[] = [];
    while (out.length === 0 && !this.#ended) {
      const more = await this.#content.values.next((value, line) => this.#push(value, line, out));
      if (!more) {
        this.#ended = true;
        this.close();
      }
    }
    if (out.length === 0) this.#reader?.finish(out, chunkSize);
    return out.length === 0 ? undefined : out;
  }

  close(): void {
    this.#ended = true;
    this.#bytes.close();
  }

  #push(value: unknown, line: number, out: Arrival[]): void {
    try {
      this.#reader ??= this.#begin(value);
      this.#reader.push(value, out);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const subject = error.field === '' ? 'the record' : `\`${error.field}\``;
      const what = `${subject} ${error.message}${error.message.endsWith('?') ? '' : '.'}`;
      throw new InputError(what, { code: 'bad-field', file: this.#file, line, field: error.field, cause: error });
    }
  }

  #begin(first: unknown): FixtureReader {
    const decoder = this.#content.decoderFor(first);
    this.#decoder = decoder;
    const { kind, speed = 1, source = 0, shards, contentBasedDeduplication = false, ...rest } = this.#options;
    const options: ReaderOptions = {
      kind: kind ?? decoder.kind,
      speed,
      source,
      shards: shards ?? (decoder.source as { readonly shards?: number } | undefined)?.shards ?? 1,
      contentBasedDeduplication,
      ...defined({ partitions: rest.partitions, idPrefix: rest.idPrefix }),
    };
    return new FixtureReader(decoder, options);
  }
}

function withShards(source: KinesisSource, seen: number): SourceDocument {
  return source.shards === undefined && seen > 1 ? { ...source, shards: seen } : source;
}

function withPartitions(source: KafkaSource, seen: number): SourceDocument {
  return source.partitions === undefined && seen > 1 ? { ...source, partitions: seen } : source;
}
