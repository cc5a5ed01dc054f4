/** CSV as rows with their lines, one chunk of bytes at a time. The first row names the columns. */
import { CsvError, type Info, type Options, type Parser, parse } from 'csv-parse';
import { InputError } from '../input-error.ts';
import type { JsonValues } from './json-values.ts';
import type { LineReader } from './lines.ts';

const delimiters = [',', ';', '\t', '|'] as const;

/** The delimiter of a header line; undefined when there is none in it. */
export function delimiterOf(header: string): string | undefined {
  const counted = delimiters.map((delimiter) => ({ delimiter, count: header.split(delimiter).length - 1 }));
  const best = counted.reduce((most, one) => (one.count > most.count ? one : most));
  return best.count === 0 ? undefined : best.delimiter;
}

interface RowWithInfo {
  readonly record: Readonly<Record<string, string>>;
  readonly info: Info;
}

/** Rows as objects by column. The last block of a quoted field that never ends is refused at the end. */
export function csvRows(lines: LineReader, file: string, delimiter: string, longestLineBytes: number): JsonValues {
  const options: Options<string[]> & { readonly readableHighWaterMark: number } = {
    delimiter,
    columns: (header: string[]) => header.map((name) => name.trim()),
    info: true,
    skip_empty_lines: true,
    max_record_size: longestLineBytes,
    // Rows of one chunk never wait for each other: they are taken out before the next chunk goes in.
    readableHighWaterMark: Number.MAX_SAFE_INTEGER,
  };
  const parser = parse(options);
  let failure: unknown;
  parser.on('error', (cause) => {
    failure = cause;
  });
  const fail = (): void => {
    if (failure !== undefined) throw csvError(failure, file);
  };
  return {
    async next(take) {
      const block = await lines.next();
      await (block === undefined ? ended(parser) : written(parser, `${block.text}\n`));
      fail();
      for (let row = parser.read(); row !== null; row = parser.read()) {
        const { record, info } = row as RowWithInfo;
        take(record, info.lines);
      }
      return block !== undefined;
    },
  };
}

function written(parser: Parser, text: string): Promise<void> {
  return new Promise((resolve) => {
    parser.write(text, () => resolve());
  });
}

/** The parser flushes on its end; an error comes instead of `finish`. */
function ended(parser: Parser): Promise<void> {
  return new Promise((resolve) => {
    parser.once('error', () => resolve());
    parser.end(() => resolve());
  });
}

const sentences: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'the row has another number of columns than the header.',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'the row has another number of columns than the header.',
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed.',
  CSV_INVALID_CLOSING_QUOTE: 'a quote inside a quoted value must be doubled.',
  CSV_MAX_RECORD_SIZE: 'the row is too long; is a quote left open?',
  INVALID_OPENING_QUOTE: 'a value with a quote in it must be quoted as a whole.',
};

function csvError(cause: unknown, file: string): InputError {
  if (!(cause instanceof CsvError))
    return new InputError(`could not be read as CSV: ${String(cause)}.`, { code: 'bad-line', file });
  const { lines } = cause as unknown as { readonly lines?: number };
  const what = sentences[cause.code] ?? `the row is not CSV: ${cause.message}.`;
  return new InputError(what, { code: 'bad-line', file, line: lines, cause });
}
