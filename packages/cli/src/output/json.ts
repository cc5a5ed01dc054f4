/** A result as JSON, in pieces: lists of the result have an element a line, so that no string is as big as the run. */
import type { Run } from '../engine.ts';

const chunkLength = 65_536;

/** What `--json` prints. With a summary, `totals` stands in for the invocations and the records. */
export function jsonResult(run: Run, summary: boolean): Readonly<Record<string, unknown>> {
  const { invocations, records, ...rest } = run.result;
  const misses = run.misses.length > 0 ? { misses: run.misses } : {};
  if (summary) return { ...rest, totals: run.totals, ...misses };
  const { scenario, seed, virtualMs, discards, queues, ...last } = rest;
  return { scenario, seed, virtualMs, invocations, discards, queues, records, ...last, ...misses };
}

/** The text of an object in chunks of some 64 kB; together they are one JSON document and a newline. */
export function* jsonChunks(value: Readonly<Record<string, unknown>>): Generator<string> {
  let chunk = '';
  for (const piece of pieces(value)) {
    chunk += piece;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}\n`;
}

function* pieces(value: Readonly<Record<string, unknown>>): Generator<string> {
  let lead = '{\n';
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined) continue;
    yield `${lead}  ${JSON.stringify(key)}: `;
    if (Array.isArray(part) && part.length > 0) yield* listPieces(part);
    else yield JSON.stringify(part);
    lead = ',\n';
  }
  yield lead === '{\n' ? '{}' : '\n}';
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  for (const [at, element] of list.entries()) yield `${at === 0 ? '[' : ','}\n    ${JSON.stringify(element ?? null)}`;
  yield '\n  ]';
}
