/**
 * A scenario file's text as a document whose every value knows its line. YAML and JSON are read by the same parser; a
 * large JSON file is read by the quicker one, and by the other only to find the line of a problem.
 */
import { causeText } from '@millrace/semantics';
import { type Document, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { place } from '../input-error.ts';
import { type Path, type Problem, shown } from './problems.ts';

/** A scenario is read whole; recorded data belongs into a fixture, which is streamed. */
export const largestScenarioBytes = 16 * 1024 * 1024;

/** Above this size JSON takes the quick way. */
const quickFrom = 1024 * 1024;

/** An alias may stand for so many nodes in all; a file that grows when it is opened is refused. */
const mostAliases = 1000;

export interface Location {
  readonly line: number;
  readonly column: number;
}

export interface ParsedText {
  readonly value: unknown;
  /** Where the value at this path stands, or its key; the nearest parent when it is not there itself. */
  locate(path: Path, atKey?: boolean): Location | undefined;
}

export type ParsedOrProblem = ({ readonly ok: true } & ParsedText) | { readonly ok: false; readonly problem: Problem };

export function parseText(text: string, file: string): ParsedOrProblem {
  if (text.length > largestScenarioBytes) return refuse(file, tooLarge(text.length));
  if (text.trim() === '') return refuse(file, 'the file is empty; `millrace init` writes a scenario to start from.');
  return quickJson(text, file) ?? parseSlowly(text, file);
}

function tooLarge(size: number): string {
  const limit = largestScenarioBytes / 1024 / 1024;
  return `the scenario is larger than ${limit} MB (${size} characters); put its records into a fixture and name it with \`fixture:\`.`;
}

function quickJson(text: string, file: string): ParsedOrProblem | undefined {
  if (text.length < quickFrom || !text.trimStart().startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value, locate: (path, atKey) => located(text, file, path, atKey) };
  } catch {
    return undefined;
  }
}

function located(text: string, file: string, path: Path, atKey = false): Location | undefined {
  const parsed = parseSlowly(text, file);
  return parsed.ok ? parsed.locate(path, atKey) : undefined;
}

function parseSlowly(text: string, file: string): ParsedOrProblem {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const error = document.errors[0];
  if (error !== undefined) {
    const at = locationAt(lines, error.pos[0]);
    return refuse(file, `the file is not readable as YAML or JSON: ${plain(error.message)}.`, at);
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return { ok: true, value, locate: (path, atKey) => locate(document, lines, path, atKey) };
  } catch (cause) {
    return refuse(file, aliasSentence(cause));
  }
}

function aliasSentence(cause: unknown): string {
  const message = causeText(cause);
  return /alias count/i.test(message)
    ? 'its YAML aliases stand for too much (aliases of aliases); write the values out.'
    : `the file is not readable as YAML or JSON: ${plain(message)}.`;
}

function plain(message: string): string {
  const line = message.split('\n')[0] ?? message;
  return line.replace(/[.:]?\s*$/, '').slice(0, 200);
}

function refuse(file: string, text: string, at?: Location): ParsedOrProblem {
  return { ok: false, problem: { file, ...at, field: '', message: `${place(file, at?.line)}: ${text}` } };
}

function locate(document: Document.Parsed, lines: LineCounter, path: Path, atKey = false): Location | undefined {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length);
    const key = atKey || length < path.length ? keyNode(document, part) : undefined;
    const node = key ?? nodeAt(document, part);
    if (node?.range) return locationAt(lines, node.range[0]);
  }
  return undefined;
}

function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return typeof node === 'object' && node !== null && 'range' in node ? (node as Node) : undefined;
}

function keyNode(document: Document.Parsed, path: Path): Node | undefined {
  const name = path.at(-1);
  const parent = nodeAt(document, path.slice(0, -1));
  if (!isMap(parent) || name === undefined) return undefined;
  const pair = parent.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === String(name));
  return pair && isScalar(pair.key) ? pair.key : undefined;
}

function locationAt(lines: LineCounter, offset: number): Location {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** For a document that is no block of fields. */
export function notABlock(value: unknown): string {
  return `a scenario is a block of fields such as \`source:\` and \`records:\`, not ${shown(value)}.`;
}
