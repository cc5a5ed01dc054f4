/**
 * What is wrong with somebody's input: a scenario, a fixture or a handler. The message is one whole sentence that names
 * the file, the line and the field as far as they are known, and says what to do; the command line prints it and exits 2.
 */

export const inputErrorCodes = [
  'not-found',
  'not-a-file',
  'not-readable',
  'empty',
  'too-large',
  'line-too-long',
  'truncated-gzip',
  'corrupt-gzip',
  'bad-encoding',
  'unknown-format',
  'bad-line',
  'bad-field',
  'bad-scenario',
  'bad-handler',
] as const;

export type InputErrorCode = (typeof inputErrorCodes)[number];

export interface InputErrorDetails {
  readonly code: InputErrorCode;
  /** As the user named it; `-` is standard input. */
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number | undefined;
  readonly field?: string | undefined;
  readonly cause?: unknown;
  /** Further sentences about the same file, each whole. */
  readonly others?: readonly string[];
}

export class InputError extends Error {
  readonly code: InputErrorCode;
  readonly file: string;
  readonly line: number | undefined;
  readonly field: string | undefined;
  /** What else is wrong with the same file, in its order. */
  readonly others: readonly string[];

  /** `what` is the sentence without its place; the place is put in front of it. */
  constructor(what: string, details: InputErrorDetails) {
    super(`${place(details.file, details.line)}: ${what}`, { cause: details.cause });
    this.name = 'InputError';
    this.code = details.code;
    this.file = details.file;
    this.line = details.line;
    this.field = details.field;
    this.others = details.others ?? [];
  }
}

/** `orders.yaml line 12`; standard input is called by its name. */
export function place(file: string, line?: number): string {
  const name = file === '-' ? 'standard input' : file;
  return line === undefined ? name : `${name} line ${line}`;
}

/** A wrong value in one field of a record, before it is known where the record stands. Never leaves this package. */
export class FieldError extends Error {
  readonly field: string;

  /** `what` goes on after the field's name: "must be a duration, not 5". */
  constructor(field: string, what: string) {
    super(what);
    this.name = 'FieldError';
    this.field = field;
  }
}
