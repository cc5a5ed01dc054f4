/** Problems of a scenario, and how a path inside the document is written for a person. */
import { InputError, place } from '../input-error.ts';

/** One thing that is wrong with a scenario. `message` is a whole sentence with file, line and field. */
export interface Problem {
  readonly file: string;
  /** Counted from 1; absent for a scenario built in code. */
  readonly line?: number;
  readonly column?: number;
  /** For example `records[2].at`; empty for the document itself. */
  readonly field: string;
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** A problem before its line is known. `text` is the sentence without file and line. */
export interface Finding {
  readonly path: Path;
  readonly text: string;
  /** True when the key itself is wrong, not its value. */
  readonly atKey?: boolean;
}

/** Where resolvers report what is wrong; they go on with a best effort, so that one run shows several problems. */
export type Report = (path: Path, text: string) => void;

export function fieldName(path: Path): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    const shown = /^[\w-]+$/.test(part) ? part : JSON.stringify(part);
    return name === '' ? shown : `${name}.${shown}`;
  }, '');
}

/** A value as a sentence can show it: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function toProblem(file: string, finding: Finding, at?: { line: number; column: number }): Problem {
  return {
    file,
    ...at,
    field: fieldName(finding.path),
    message: `${place(file, at?.line)}: ${finding.text}`,
  };
}

/** All that is wrong with a scenario as one error, whose message is the first problem. */
export function refusalOf(problems: readonly Problem[], file: string): InputError {
  const [first, ...others] = problems;
  const error = new InputError('', {
    code: 'bad-scenario',
    file,
    line: first?.line,
    field: first?.field,
    others: others.map(({ message }) => message),
  });
  // The sentence of a problem has its place already.
  error.message = first?.message ?? '';
  return error;
}
