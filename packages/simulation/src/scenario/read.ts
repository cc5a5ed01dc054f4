/**
 * Reads a scenario: from the text of a file, or from an object built in code. Both are checked the same way; only the
 * first can name lines. Pure: fixtures and handlers are named in the answer, and opened by `simulation/node`.
 */

import { recordFeed } from '../feed/records.ts';
import type { PlannedArrival } from '../feed/repeats.ts';
import type { ScenarioDocument } from './document.ts';
import type { ArrivalFeed, HandlerFunction, Plan } from './plan.ts';
import { type Finding, fieldName, type Path, type Problem, toProblem } from './problems.ts';
import { resolveDocument } from './resolve/document.ts';
import type { FixtureRef } from './resolve/records.ts';
import { type Location, notABlock, parseText } from './text.ts';
import { validateDocument } from './validate.ts';

export interface ReadOptions {
  /** As problems shall name it; `-` is standard input. */
  readonly file: string;
  /** For a run against the wall clock: fields that only it can use are read; in virtual time they are refused. */
  readonly live?: boolean;
  /** Its events will be played against the wall clock: those that only virtual time knows are refused. */
  readonly plays?: boolean;
}

export interface ScenarioRead {
  readonly ok: true;
  readonly plan: Plan;
  /** The records of the file itself, with their repetitions still folded up. */
  readonly arrivals: readonly PlannedArrival[];
  readonly fixtures: readonly FixtureRef[];
  /** A new feed of `arrivals`, without the fixtures. */
  feed(): ArrivalFeed;
}

export interface ScenarioRefused {
  readonly ok: false;
  /** At least one, in the order of the file. */
  readonly problems: readonly Problem[];
}

type Locate = (path: Path, atKey?: boolean) => Location | undefined;

/** Reads YAML or JSON. */
export function readScenario(text: string, options: ReadOptions): ScenarioRead | ScenarioRefused {
  const parsed = parseText(text, options.file);
  if (!parsed.ok) return { ok: false, problems: [parsed.problem] };
  return readValue(parsed.value, options, parsed.locate);
}

/**
 * Reads a scenario document from code: the same checks as for a file, and handlers may be functions.
 * Problems name the field only.
 */
export function normaliseScenario(
  value: unknown,
  options: ReadOptions = { file: 'scenario' },
): ScenarioRead | ScenarioRefused {
  const handlers = new Map<string, HandlerFunction>();
  const read = readValue(withoutHandlers(value, handlers), options, () => undefined);
  return read.ok ? { ...read, plan: withHandlers(read.plan, handlers) } : read;
}

function readValue(value: unknown, { file, ...reading }: ReadOptions, locate: Locate): ScenarioRead | ScenarioRefused {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused([{ path: [], text: notABlock(value) }], file, locate);
  }
  const malformed = validateDocument(value);
  if (malformed.length > 0) return refused(malformed, file, locate);
  const findings: Finding[] = [];
  const report = (path: Path, text: string) => findings.push({ path, text: asSentence(path, text) });
  const resolved = resolveDocument(value as ScenarioDocument, stem(file), report, reading);
  if (findings.length > 0) return refused(findings, file, locate);
  return { ok: true, ...resolved, feed: () => recordFeed(resolved.arrivals) };
}

function asSentence(path: Path, text: string): string {
  const subject = path.length === 0 ? 'the scenario' : `\`${fieldName(path)}\``;
  return `${subject} ${text}${text.endsWith('?') ? '' : '.'}`;
}

function refused(findings: readonly Finding[], file: string, locate: Locate): ScenarioRefused {
  const problems = findings.map((finding) => toProblem(file, finding, locate(finding.path, finding.atKey)));
  return { ok: false, problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** `a/orders.yaml` is called orders when it says nothing else. */
function stem(file: string): string {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return file === '-' ? 'scenario' : name.replace(/\.(ya?ml|json)$/i, '') || 'scenario';
}

/** The schema knows handlers as text, so each function is checked under a text that stands for it. */
function withoutHandlers(value: unknown, handlers: Map<string, HandlerFunction>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const document = plainDocument(value);
  const strip = (one: unknown): unknown => {
    const handler = (one as { readonly handler?: unknown } | null | undefined)?.handler;
    if (typeof handler !== 'function') return one;
    const text = `code#${handlers.size}`;
    handlers.set(text, handler as HandlerFunction);
    return { ...(one as object), handler: text };
  };
  const { function: single, functions: many } = document;
  return {
    ...document,
    ...(single !== undefined && { function: strip(single) }),
    ...(Array.isArray(many) && { functions: many.map(strip) }),
  };
}

/** A builder hands over its document. */
function plainDocument(value: object): Readonly<Record<string, unknown>> {
  const { document } = value as { readonly document?: unknown };
  return (typeof document === 'function' ? (document as () => object).call(value) : value) as Record<string, unknown>;
}

function withHandlers(plan: Plan, handlers: ReadonlyMap<string, HandlerFunction>): Plan {
  const functions = plan.functions.map((one) => {
    const { handler } = one;
    if (handler === undefined || typeof handler === 'function') return one;
    const code = handlers.get(`${handler.file}#${handler.export}`);
    return code === undefined ? one : { ...one, handler: code };
  });
  return { ...plan, functions };
}
