/** A recording from beginning to end: until its limit, its time, its source's end, or whoever interrupts it. */
import type { Millis } from '@millrace/semantics';
import type { RecordOutput } from './recordFile.ts';
import type { ReadEntry, Recording } from './recordSource.ts';

export interface RecordRunOptions {
  readonly recording: Recording;
  readonly output: RecordOutput;
  readonly limit: number;
  readonly forMs: Millis | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (records: number) => void;
}

export interface RecordReport {
  readonly records: number;
  /** From the arrival of the first to that of the last. */
  readonly spanMs: Millis;
  /** Why it ended before its time, if it did; what was recorded until then is complete. */
  readonly failure: unknown;
}

/** @throws when the output cannot be written; whatever was held is given back all the same */
export async function runRecording(options: RecordRunOptions): Promise<RecordReport> {
  const { recording, output, forMs, signal } = options;
  const over = new AbortController();
  const timer = forMs === undefined ? undefined : setTimeout(() => over.abort(), forMs);
  const writer = new EntryWriter(output);
  let failure: unknown;
  try {
    await output.write(`${JSON.stringify({ millrace: 1, source: recording.source })}\n`);
    try {
      await writeAll(options, writer, AbortSignal.any([signal, over.signal]));
    } catch (error) {
      if (error instanceof NotWritten) throw error.cause;
      failure = error;
    }
    await output.finish();
  } finally {
    clearTimeout(timer);
    await recording.close();
  }
  return { records: writer.records, spanMs: writer.spanMs, failure };
}

async function writeAll({ recording, limit, onProgress }: RecordRunOptions, writer: EntryWriter, signal: AbortSignal) {
  const progress = setInterval(() => onProgress(writer.records + (recording.pending ?? 0)), 100);
  try {
    for await (const entries of recording.entries(signal)) {
      await writer.write(entries.slice(0, limit - writer.records));
      if (writer.records >= limit) return;
    }
  } finally {
    clearInterval(progress);
  }
}

/** The output failed, not the source. */
class NotWritten extends Error {}

/** Times count from the first entry. */
class EntryWriter {
  readonly #output: RecordOutput;
  records = 0;
  #firstMs: Millis | undefined;
  #lastMs: Millis = 0;

  constructor(output: RecordOutput) {
    this.#output = output;
  }

  get spanMs(): Millis {
    return this.#firstMs === undefined ? 0 : Math.max(0, this.#lastMs - this.#firstMs);
  }

  async write(entries: readonly ReadEntry[]): Promise<void> {
    const [first] = entries;
    if (!first) return;
    this.#firstMs ??= first.atMs;
    let text = '';
    for (const { atMs, fields } of entries) {
      text += `${JSON.stringify({ at: `${Math.max(0, atMs - this.#firstMs)}ms`, ...fields })}\n`;
      this.#lastMs = Math.max(this.#lastMs, atMs);
    }
    this.records += entries.length;
    await this.#output.write(text).catch((cause: unknown) => {
      throw new NotWritten('', { cause });
    });
  }
}
