/**
 * The fixture that is being recorded: a header, then an entry a line. Invariants: (1) a file appears under its name only
 * when it is complete; until then it is `<name>.partial`. (2) It holds whole lines. (3) Whoever writes waits for the disk.
 */
import { once } from 'node:events';
import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { fileError } from '../errors.ts';

export interface RecordOutput {
  write(text: string): Promise<void>;
  /** It is complete. */
  finish(): Promise<void>;
}

/** Packed when its name ends in .gz. */
export class FixtureFile implements RecordOutput {
  readonly #path: string;
  readonly #partialPath: string;
  readonly #file: WriteStream;
  readonly #packer: Gzip | undefined;
  readonly #done: Promise<void>;

  private constructor(path: string, partialPath: string, file: WriteStream) {
    this.#path = path;
    this.#partialPath = partialPath;
    this.#file = file;
    this.#packer = path.endsWith('.gz') ? createGzip() : undefined;
    this.#packer?.pipe(file);
    this.#done = finished(file);
    this.#done.catch(() => {});
  }

  /** @throws {UsageError} when the file cannot be written */
  static async open(path: string): Promise<FixtureFile> {
    const partialPath = isSpecial(path) ? path : `${path}.partial`;
    const file = createWriteStream(partialPath);
    await once(file, 'open').catch((error: unknown) => fileError('write', path, error));
    return new FixtureFile(path, partialPath, file);
  }

  /** @throws {UsageError} when the file cannot be written */
  async write(text: string): Promise<void> {
    const into = this.#packer ?? this.#file;
    if (into.write(text)) return;
    await Promise.race([once(into, 'drain'), this.#done]).catch(this.#refused);
  }

  async finish(): Promise<void> {
    (this.#packer ?? this.#file).end();
    await this.#done.catch(this.#refused);
    if (this.#partialPath !== this.#path) renameSync(this.#partialPath, this.#path);
  }

  readonly #refused = (error: unknown): never => fileError('write', this.#path, error);
}

function isSpecial(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}
