/** A well-formed document as a plan: singular and plural form become one, defaults are filled in, references are checked. */
import type { PlannedArrival } from '../../feed/repeats.ts';
import { defined } from '../defined.ts';
import type { ScenarioDocument } from '../document.ts';
import type { Plan, SourcePlan } from '../plan.ts';
import type { Path, Report } from '../problems.ts';
import type { ReadOptions } from '../read.ts';
import { parseDuration, parseInstant } from '../units.ts';
import { resolveChoices } from './choices.ts';
import { type Context, checkDistinct, ms } from './context.ts';
import { resolveEvent } from './events.ts';
import { resolveFunction } from './functions.ts';
import { liveRun } from './live.ts';
import { type MappingParties, mappingEntries, resolveMapping } from './mappings.ts';
import { type FixtureRef, resolveFixtures, resolveRecords } from './records.ts';
import { resolveSource } from './sources.ts';

/** What `start` is when nothing is written. */
const defaultStart = '2026-01-01T00:00:00Z';

export interface Resolved {
  readonly plan: Plan;
  readonly arrivals: readonly PlannedArrival[];
  readonly fixtures: readonly FixtureRef[];
}

export function resolveDocument(
  document: ScenarioDocument,
  name: string,
  report: Report,
  { live = false, plays = false }: Omit<ReadOptions, 'file'> = {},
): Resolved {
  const context: Context = {
    report,
    live,
    plays,
    region: document.region ?? 'us-east-1',
    accountId: document.accountId ?? '123456789012',
  };
  checkForms(document, report);
  const onlyLive = liveRun(document, context);
  const parties = { sources: sourcesOf(document, context), functions: functionsOf(document, context) };
  const mappings = mappingsOf(document, parties, context);
  const events = eventsOf(document, parties, mappings, context);
  const plan: Plan = {
    ...headOf(document, name, context),
    ...parties,
    mappings,
    events,
    ...defined({ expect: document.expect, live: onlyLive }),
  };
  return {
    plan,
    arrivals: resolveRecords(document, parties.sources, events, context),
    fixtures: resolveFixtures(document, parties.sources, context),
  };
}

type Head = Omit<Plan, 'sources' | 'functions' | 'mappings' | 'events' | 'expect' | 'live'>;

function headOf(document: ScenarioDocument, name: string, context: Context): Head {
  const { sources, mappings, functions } = document;
  const startMs = parseInstant(document.start ?? defaultStart);
  if (startMs === undefined) {
    context.report(['start'], `must be a date and time such as ${defaultStart}, not ${JSON.stringify(document.start)}`);
  }
  return {
    name: document.scenario ?? name,
    seed: document.seed ?? 1,
    startMs: startMs ?? 0,
    ...defined({ untilMs: parseDuration(document.until) }),
    region: context.region,
    accountId: context.accountId,
    accountConcurrency: document.account?.concurrency ?? 1000,
    transitionMs: ms(document.transitions, 0),
    choices: resolveChoices(document.choices ?? {}, context),
    plural: sources !== undefined || mappings !== undefined || functions !== undefined,
  };
}

/** Each list stands instead of its single field. */
function checkForms(document: ScenarioDocument, report: Report): void {
  const pairs = [
    ['source', 'sources'],
    ['mapping', 'mappings'],
    ['mappingCreatedAt', 'mappings'],
    ['function', 'functions'],
  ] as const;
  for (const [single, many] of pairs) {
    if (document[single] !== undefined && document[many] !== undefined) {
      report([single], `cannot stand beside \`${many}\`; write one or the other`);
    }
  }
  if (document.source === undefined && document.sources === undefined) report([], 'needs a `source` (or `sources`)');
  for (const many of ['sources', 'functions'] as const) {
    const list: readonly { readonly name?: string }[] = document[many] ?? [];
    for (const [index, entry] of list.entries()) {
      if (entry.name === undefined && list.length > 1) report([many, index], 'needs the field `name`');
    }
  }
}

function sourcesOf(document: ScenarioDocument, context: Context): readonly SourcePlan[] {
  const single = document.source === undefined ? [] : [document.source];
  const entries = document.sources ?? single;
  const path = (index: number): Path => (document.sources === undefined ? ['source'] : ['sources', index]);
  const plans = entries.map((entry, index) => resolveSource(entry, path(index), context));
  checkDistinct(
    'source',
    plans.map((plan) => plan.name),
    plans.map((_, index) => [...path(index), 'name']),
    context.report,
  );
  return plans;
}

/** Without any function there is one that always succeeds. */
function functionsOf(document: ScenarioDocument, context: Context): MappingParties['functions'] {
  const entries = document.functions ?? [document.function ?? {}];
  const path = (index: number): Path => (document.functions === undefined ? ['function'] : ['functions', index]);
  const plans = entries.map((entry, index) => resolveFunction(entry, path(index), context));
  checkDistinct(
    'function',
    plans.map((plan) => plan.name),
    plans.map((_, index) => [...path(index), 'name']),
    context.report,
  );
  return plans;
}

function mappingsOf(document: ScenarioDocument, parties: MappingParties, context: Context): Plan['mappings'] {
  const entries = parties.sources.length === 0 ? [] : mappingEntries(document);
  const plans = entries.flatMap(({ entry, path }) => {
    const plan = resolveMapping(entry, path, parties, context);
    return plan === undefined ? [] : [{ plan, path: [...path, 'name'] }];
  });
  checkDistinct(
    'mapping',
    plans.map(({ plan }) => plan.name),
    plans.map(({ path }) => path),
    context.report,
  );
  return plans.map(({ plan }) => plan);
}

function eventsOf(
  document: ScenarioDocument,
  parties: MappingParties,
  mappings: Plan['mappings'],
  context: Context,
): Plan['events'] {
  const events = (document.events ?? []).map((event, index) =>
    resolveEvent(
      event,
      ['events', index],
      {
        sources: parties.sources,
        functions: { what: 'function', names: parties.functions.map((one) => one.name) },
        mappings: { what: 'mapping', names: mappings.map((one) => one.name) },
      },
      context,
    ),
  );
  return events.sort((a, b) => a.atMs - b.atMs);
}
