/** What only a live run can use. In virtual time it is refused by name, rather than read and then ignored. */
import { defined } from '../defined.ts';
import type { ScenarioDocument } from '../document.ts';
import type { LiveFunction, LiveRun, LiveSource } from '../plan.ts';
import type { Path } from '../problems.ts';
import { liveExpectations } from '../schema/expect.ts';
import { liveFunctionFields } from '../schema/functions.ts';
import { liveSourceFields } from '../schema/sources.ts';
import type { Context } from './context.ts';

const liveOnly = 'runs live only: take it out to run the scenario in virtual time';
const notYet = 'is not supported yet';

/** The fields of a part that only a live run can use; undefined, and each reported, in virtual time. */
function liveFields(entry: object, fields: readonly string[], path: Path, context: Context): object | undefined {
  const given = fields.filter((field) => field in entry);
  if (context.live) return given.length > 0 ? entry : undefined;
  for (const field of given) context.report([...path, field], liveOnly);
  return undefined;
}

export function liveSource(entry: object, path: Path, context: Context): LiveSource | undefined {
  const given = liveFields(entry, Object.keys(liveSourceFields), path, context) as
    | (Omit<LiveSource, 'brokers'> & { readonly brokers?: unknown; readonly type?: string })
    | undefined;
  if (!given) return undefined;
  const isTopic = given.type === 'msk' || given.type === 'self-managed-kafka';
  if (given.brokers !== undefined && !isTopic)
    context.report([...path, 'brokers'], 'is only possible with a Kafka source');
  for (const field of ['endpoint', 'url'] as const) {
    if (given[field] !== undefined && isTopic) {
      context.report([...path, field], 'is not possible with a Kafka source: name its `brokers`');
    }
  }
  return defined({ endpoint: given.endpoint, url: given.url, brokers: brokersOf(given.brokers, path, context) });
}

/** A list of host:port, or text with commas. */
function brokersOf(written: unknown, path: Path, context: Context): readonly string[] | undefined {
  if (written === undefined) return undefined;
  const all = typeof written === 'string' ? written.split(',') : Array.isArray(written) ? written : [];
  const brokers = all.map((broker) => String(broker).trim());
  const isWell = brokers.length > 0 && brokers.every((broker) => /^[^\s:]+:\d+$|^\[[^\s]+\]:\d+$/.test(broker));
  if (!isWell) context.report([...path, 'brokers'], 'must be a list of host:port');
  return isWell ? brokers : undefined;
}

interface WrittenFunction {
  readonly run?: LiveFunction['run'];
  readonly command?: string | readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly memory?: number;
  readonly url?: string;
  readonly handler?: unknown;
}

export function liveFunction(entry: object, path: Path, context: Context): LiveFunction | undefined {
  const given = liveFields(entry, Object.keys(liveFunctionFields), path, context) as WrittenFunction | undefined;
  if (!given) return undefined;
  const { run, url, memory, env } = given;
  const command = typeof given.command === 'string' ? given.command.trim().split(/\s+/) : given.command;
  checkRun(given, path, context);
  return defined({ run, command, env, memoryMb: memory, url });
}

/** Each way to run a function needs what it runs, and nothing that it would ignore. */
function checkRun({ run, command, url, handler }: WrittenFunction, path: Path, context: Context): void {
  if (run === 'http' && url === undefined) context.report(path, 'needs the field `url`, because it says `run: http`');
  if ((run === 'worker' || run === 'inline') && typeof handler !== 'string') {
    context.report(path, `needs the field \`handler\`, because it says \`run: ${run}\``);
  }
  if (run === 'isolated' && typeof handler !== 'string' && command === undefined) {
    context.report(path, 'needs the field `handler` or `command`, because it says `run: isolated`');
  }
  if (command !== undefined && run !== 'isolated') {
    context.report([...path, 'command'], 'is only possible with `run: isolated`');
  }
  if (url !== undefined && run !== 'http' && run !== 'lambda') {
    context.report([...path, 'url'], 'is only possible with `run: http` or `run: lambda`');
  }
}

export function liveRun(document: ScenarioDocument, context: Context): LiveRun | undefined {
  const given = liveFields(document, ['redis', 'load'], [], context) as
    | { readonly redis?: string; readonly load?: unknown }
    | undefined;
  const expected = document.expect && liveFields(document.expect, liveExpectations, ['expect'], context);
  if (given?.load !== undefined) context.report(['load'], notYet);
  for (const field of liveExpectations) if (expected && field in expected) context.report(['expect', field], notYet);
  return given && defined({ redis: given.redis });
}
