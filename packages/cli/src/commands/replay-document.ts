/** The scenario that a `replay` stands for: what `--save` writes, and what is run. */
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { mappingRequest } from '../options/mapping-parameters.ts';
import type { RunFlags } from '../options/run-options.ts';
import { sourceKinds, type WorldFlags } from '../options/world-options.ts';

export type ReplayFlags = WorldFlags & RunFlags & { readonly save?: string } & Readonly<Record<string, unknown>>;

type Document = Record<string, unknown>;

/** `known` is the source as the fixture itself tells it; flags win. */
export function replayDocument(fixture: string, flags: ReplayFlags, known: Readonly<Document> | undefined): Document {
  const source = sourceOf(fixture, flags, known);
  return withoutEmpty({
    scenario: basename(fixture === '-' ? 'standard-input' : fixture).replace(/(\.(jsonl?|csv|ndjson|gz))+$/, ''),
    seed: flags.seed,
    source,
    mapping: startingPosition(source, mappingRequest(flags)),
    function: functionOf(flags),
    account: withoutEmpty({ concurrency: flags.accountConcurrency }),
    ...fixtureOf(fixture, flags),
  });
}

function sourceOf(fixture: string, flags: ReplayFlags, known: Readonly<Document> | undefined): Document {
  const type = flags.source ?? known?.type;
  if (typeof type !== 'string') {
    throw new UsageError(
      `${fixture}: the file does not say what it was recorded from; add --source with one of ${sourceKinds.join(', ')}.`,
    );
  }
  const redrive = redriveOf(flags);
  const own = known?.type === type ? known : {};
  const {
    name,
    shards,
    partitions,
    consumer,
    viewType,
    retention,
    visibilityTimeout,
    delay,
    contentBasedDeduplication,
  } = flags;
  const given = {
    name,
    shards,
    partitions,
    consumer,
    viewType,
    retention,
    visibilityTimeout,
    delay,
    redrive,
    contentBasedDeduplication,
  };
  return { ...own, type, ...defined(given) };
}

function redriveOf(flags: ReplayFlags): Document | undefined {
  const { redriveMaxReceiveCount: maxReceiveCount, redriveQueue: deadLetterQueue } = flags;
  if (maxReceiveCount === undefined && deadLetterQueue === undefined) return undefined;
  if (maxReceiveCount === undefined) throw new UsageError('--redrive-queue needs --redrive-max-receive-count.');
  return { maxReceiveCount, deadLetterQueue: deadLetterQueue ?? 'dead-letters' };
}

/** A replay is about the records that there are: streams are read from their beginning unless a flag says otherwise. */
function startingPosition(source: Document, request: Document): Document {
  const queue = source.type === 'sqs' || source.type === 'sqs-fifo';
  return queue || 'StartingPosition' in request ? request : { StartingPosition: 'TRIM_HORIZON', ...request };
}

function functionOf(flags: ReplayFlags): Document {
  const { handler, functionTimeout: timeout, duration, coldStart, reservedConcurrency } = flags;
  return defined({ handler, timeout, duration, coldStart, reservedConcurrency });
}

function fixtureOf(fixture: string, flags: ReplayFlags): Document {
  const { key, time, data, speed } = flags;
  const columns = defined({ key, time, data });
  const table = Object.keys(columns).length > 0;
  return defined({ fixture: table ? { file: fixture, ...columns } : fixture, speed });
}

function defined(parts: Readonly<Document>): Document {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function withoutEmpty(parts: Readonly<Document>): Document {
  return Object.fromEntries(
    Object.entries(defined(parts)).filter(
      ([, value]) => typeof value !== 'object' || Object.keys(value ?? {}).length > 0,
    ),
  );
}

/** The same scenario as it must stand in a file elsewhere: its paths lead from there to the same files. */
export function relocated(document: Readonly<Document>, file: string, cwd: string): Document {
  const from = dirname(resolve(cwd, file));
  const move = (path: string): string =>
    path === '-' || isAbsolute(path) ? path : dotted(relative(from, resolve(cwd, path)));
  const { fixture, function: fn } = document as { fixture: string | { file: string }; function?: Document };
  const handler = typeof fn?.handler === 'string' ? { handler: movedHandler(fn.handler, move) } : {};
  return {
    ...document,
    ...(fn ? { function: { ...fn, ...handler } } : {}),
    fixture: typeof fixture === 'string' ? move(fixture) : { ...fixture, file: move(fixture.file) },
  };
}

function movedHandler(handler: string, move: (path: string) => string): string {
  const at = handler.lastIndexOf('#');
  return at < 0 ? move(handler) : move(handler.slice(0, at)) + handler.slice(at);
}

function dotted(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  return slashed.startsWith('.') ? slashed : `./${slashed}`;
}
