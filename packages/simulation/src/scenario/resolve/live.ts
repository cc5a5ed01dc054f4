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
    | (LiveSource & { readonly brokers?: unknown })
    | undefined;
  if (given?.brokers !== undefined) context.report([...path, 'brokers'], notYet);
  return given && defined({ endpoint: given.endpoint, url: given.url });
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
