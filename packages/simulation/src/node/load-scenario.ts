/** Loads a scenario with all that it names: its fixtures and its handlers, relative to its own folder. */
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { mergeFeeds } from '../feed/merge.ts';
import { InputError } from '../input-error.ts';
import type { ArrivalFeed, EventPlan, FunctionPlan, Plan, SourcePlan } from '../scenario/plan.ts';
import { refusalOf } from '../scenario/problems.ts';
import { normaliseScenario, readScenario, type ScenarioRead, type ScenarioRefused } from '../scenario/read.ts';
import type { FixtureRef } from '../scenario/resolve/records.ts';
import { largestScenarioBytes } from '../scenario/text.ts';
import { openBytes } from './bytes.ts';
import { loadHandler } from './load-handler.ts';
import { type OpenedFixture, openFixture } from './open-fixture.ts';

export interface LoadedScenario {
  /** Handlers are functions in it. */
  readonly plan: Plan;
  /** All records, in order of time; can be read once. */
  readonly feed: ArrivalFeed;
  /** The same records from the beginning, for another run; not possible when one comes from standard input. */
  reopen(): Promise<ArrivalFeed>;
  /** How much of the largest fixture has been read, from 0 to 1. */
  progress(): number | undefined;
}

export interface LoadOptions {
  /** For a run against the wall clock: handlers stay references to their files, and live fields are read. */
  readonly live?: boolean;
  /** Its events are played against the wall clock, too; what only virtual time knows is refused. */
  readonly plays?: boolean;
}

/** Loads a file, or standard input as `-`. Rejects with an `InputError` for the first thing that is wrong. */
export async function loadScenario(file: string, stdin?: Readable, options: LoadOptions = {}): Promise<LoadedScenario> {
  const text = await readText(file, stdin);
  return assemble(readScenario(text, { file, ...options }), file, file === '-' ? '.' : dirname(file), options);
}

/** The same for a document from code; fixtures and handler files are relative to `folder`. */
export async function loadDocument(document: unknown, folder = '.'): Promise<LoadedScenario> {
  return assemble(normaliseScenario(document), 'scenario', folder);
}

async function assemble(
  read: ScenarioRead | ScenarioRefused,
  file: string,
  folder: string,
  { live = false }: LoadOptions = {},
): Promise<LoadedScenario> {
  if (!read.ok) throw refusalOf(read.problems, file);
  const plan = {
    ...read.plan,
    functions: await Promise.all(read.plan.functions.map((one) => withCode(one, folder, live))),
  };
  let progress: () => number | undefined = () => undefined;
  const open = async (): Promise<ArrivalFeed> => {
    const opened = await openAll(read, folder);
    progress = opened.progress;
    return opened.feed;
  };
  return { plan, feed: await open(), reopen: open, progress: () => progress() };
}

async function readText(file: string, stdin?: Readable): Promise<string> {
  const bytes = await openBytes(file, stdin);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes.chunks) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestScenarioBytes) {
      bytes.close();
      const limit = largestScenarioBytes / 1024 / 1024;
      const what = `the scenario is larger than ${limit} MB; put its records into a fixture and name it with \`fixture:\`.`;
      throw new InputError(what, { code: 'too-large', file });
    }
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

async function withCode(one: FunctionPlan, folder: string, live: boolean): Promise<FunctionPlan> {
  const { handler } = one;
  if (handler === undefined || typeof handler === 'function') return one;
  const file = resolve(within(folder, handler.file));
  if (live) return { ...one, handler: { ...handler, file } };
  return { ...one, handler: await loadHandler(within(folder, handler.file), handler.export) };
}

async function openAll(
  read: ScenarioRead,
  folder: string,
): Promise<{ feed: ArrivalFeed; progress: () => number | undefined }> {
  const { plan, fixtures, arrivals } = read;
  const alone = fixtures.length === 1 && arrivals.length === 0;
  const opened: OpenedFixture[] = [];
  for (const fixture of fixtures) opened.push(await openOne(fixture, plan, folder, alone));
  const feeds = [...(arrivals.length > 0 ? [read.feed()] : []), ...opened.map((one) => one.feed)];
  return {
    feed: mergeFeeds(feeds),
    progress: () => (opened.length === 0 ? undefined : Math.min(...opened.map((one) => one.progress() ?? 1))),
  };
}

/** As a person would name it from here, so that errors say what they typed. */
function within(folder: string, file: string): string {
  return isAbsolute(file) ? file : join(folder, file);
}

/** Beside other records, those of a fixture without ids are called after its file: `flights.1`, `flights.2`, … */
function openOne(fixture: FixtureRef, plan: Plan, folder: string, alone: boolean): Promise<OpenedFixture> {
  const source = plan.sources[fixture.source]!;
  const file = fixture.file === '-' ? '-' : within(folder, fixture.file);
  const { key, time, data, speed } = fixture;
  return openFixture(file, {
    key,
    time,
    data,
    speed,
    kind: source.type,
    source: fixture.source,
    ...shapeOf(source, fixture.source, plan.events),
    ...(!alone && { idPrefix: `${stem(fixture.file)}.` }),
  });
}

function stem(file: string): string {
  const name = basename(file).replace(/\.gz$/, '');
  return name === '-' ? 'stdin' : name.slice(0, name.length - extname(name).length);
}

function shapeOf(
  source: SourcePlan,
  index: number,
  events: readonly EventPlan[],
): { shards?: number; partitions?: number; contentBasedDeduplication?: boolean } {
  switch (source.type) {
    case 'kinesis':
    case 'dynamodb':
      return { shards: source.shards };
    case 'msk':
    case 'self-managed-kafka':
      return { partitions: source.partitions + added(index, events) };
    case 'sqs':
    case 'sqs-fifo':
      return { contentBasedDeduplication: source.contentBasedDeduplication };
  }
}

function added(source: number, events: readonly EventPlan[]): number {
  return events.reduce(
    (sum, event) => (event.do === 'add-partitions' && event.source === source ? sum + event.count : sum),
    0,
  );
}
