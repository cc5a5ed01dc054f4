/**
 * JSON values of a fixture, one block of lines at a time: one value a line, or values that span lines (as the AWS CLI
 * prints them), each ending with a bracket in the first column. A value that spans lines is held whole, up to
 * `largestDocumentBytes`.
 */
import { causeText } from '@millrace/semantics';
import { InputError } from '../input-error.ts';
import type { LineReader } from './lines.ts';

const largestDocumentBytes = 64 * 1024 * 1024;

export interface JsonValues {
  /** Hands on the values of the next block with their lines; false at the end. */
  next(take: (value: unknown, line: number) => void): Promise<boolean>;
}

/** One value a line; empty lines are passed over. */
export function valuePerLine(lines: LineReader, file: string): JsonValues {
  return {
    async next(take) {
      const block = await lines.next();
      if (block === undefined) return false;
      eachLine(block.text, block.line, (text, line) => take(parseLine(text, file, line), line));
      return true;
    },
  };
}

/** Calls for every line that is not blank. */
function eachLine(text: string, firstLine: number, visit: (text: string, line: number) => void): void {
  let start = 0;
  let line = firstLine;
  while (start <= text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const one = text.slice(start, end);
    if (one !== '' && (one.charCodeAt(0) === 0x7b || one.trim() !== '')) visit(one, line);
    start = end + 1;
    line++;
  }
}

function parseLine(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(cause, file, line);
  }
}

function notJson(cause: unknown, file: string, line: number): InputError {
  return new InputError(`the line is not JSON: ${reason(cause)}.`, { code: 'bad-line', file, line, cause });
}

function reason(cause: unknown): string {
  return causeText(cause)
    .replace(/\s*in JSON at position \d+.*$/s, '')
    .slice(0, 120);
}

/** Values that span lines, one after the other. */
export function valuesAcrossLines(lines: LineReader, file: string): JsonValues {
  const gathered = new Gathered(file);
  return {
    async next(take) {
      const block = await lines.next();
      if (block === undefined) {
        const last = gathered.finish();
        if (last !== undefined) take(last.value, last.line);
        return last !== undefined;
      }
      eachLine(block.text, block.line, (text, line) => {
        const whole = gathered.add(text, line);
        if (whole !== undefined) take(whole.value, whole.line);
      });
      return true;
    },
  };
}

interface Whole {
  readonly value: unknown;
  readonly line: number;
}

/** Lines of a value that has not ended. */
class Gathered {
  readonly #file: string;
  #parts: string[] = [];
  #size = 0;
  #line = 1;
  /** A bracket in the first column that ended nothing: the file is not indented, and only its end tells. */
  #untilEnd = false;

  constructor(file: string) {
    this.#file = file;
  }

  add(text: string, line: number): Whole | undefined {
    if (this.#parts.length === 0) this.#line = line;
    this.#parts.push(text);
    this.#size += text.length + 1;
    if (this.#size > largestDocumentBytes) this.#tooLarge();
    const first = text.charCodeAt(0);
    if (this.#untilEnd || (first !== 0x7d && first !== 0x5d)) return undefined;
    try {
      return this.#taken(JSON.parse(this.#parts.join('\n')));
    } catch {
      this.#untilEnd = true;
      return undefined;
    }
  }

  finish(): Whole | undefined {
    if (this.#parts.length === 0) return undefined;
    const text = this.#parts.join('\n');
    try {
      return this.#taken(JSON.parse(text));
    } catch (cause) {
      const line = this.#line + lineOf(cause, text);
      const what = `the file is not JSON: ${reason(cause)}.`;
      throw new InputError(what, { code: 'bad-line', file: this.#file, line, cause });
    }
  }

  #taken(value: unknown): Whole {
    this.#parts = [];
    this.#size = 0;
    return { value, line: this.#line };
  }

  #tooLarge(): never {
    const limit = largestDocumentBytes / 1024 / 1024;
    const what = `a JSON document of several lines is read whole, and this one is larger than ${limit} MB; write one event a line (\`jq -c\`).`;
    throw new InputError(what, { code: 'too-large', file: this.#file, line: this.#line });
  }
}

/** Lines before the place that V8 names in its message. */
function lineOf(cause: unknown, text: string): number {
  const message = cause instanceof Error ? cause.message : '';
  const position = /position (\d+)/.exec(message)?.[1];
  const end = position === undefined ? text.length : Number(position);
  return text.slice(0, end).split('\n').length - 1;
}
