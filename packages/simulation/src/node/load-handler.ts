/** Finds a function in a file: an ES module or CommonJS, as Lambda would. Every failure is an `InputError`. */
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { causeText } from '@millrace/semantics';
import { orMeant } from '../closest.ts';
import { InputError } from '../input-error.ts';
import type { HandlerFunction } from '../scenario/plan.ts';
import { parseHandler } from '../scenario/resolve/functions.ts';
import { readError } from './bytes.ts';

type Exports = Readonly<Record<string, unknown>>;

/** Loads `./handler.mjs#name`, relative to `folder`. */
export async function loadHandlerReference(reference: string, folder: string): Promise<HandlerFunction> {
  const { file, export: name } = parseHandler(reference);
  return loadHandler(isAbsolute(file) ? file : join(folder, file), name);
}

/** `exportName` may be empty: then `handler`, then the default export. */
export async function loadHandler(file: string, exportName = ''): Promise<HandlerFunction> {
  const found = pick(await importFile(file), exportName, file);
  if (typeof found === 'function') return found as HandlerFunction;
  const what = `the export \`${exportName || 'handler'}\` is ${article(found)}, not a function.`;
  throw new InputError(what, { code: 'bad-handler', file });
}

async function importFile(file: string): Promise<Exports> {
  const facts = await stat(file).catch((cause: unknown) => {
    throw readError(cause, file);
  });
  if (facts.isDirectory())
    throw new InputError('is a directory; name the handler file in it.', { code: 'not-a-file', file });
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Exports;
  } catch (cause) {
    throw importError(cause, file);
  }
}

function importError(cause: unknown, file: string): InputError {
  const { code } = cause as { readonly code?: string };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return new InputError('Node cannot load this type of file; compile it to .mjs, .js or .cjs.', {
      code: 'bad-handler',
      file,
      cause,
    });
  }
  const line = lineOfSyntaxError(cause, file);
  const reason = causeText(cause).split('\n')[0]?.replace(/\.$/, '');
  return new InputError(`the handler could not be loaded: ${reason}.`, { code: 'bad-handler', file, line, cause });
}

/**
 * Node tells the line of a syntax error in a module only on its own standard error, so another Node is asked to check
 * the file. Undefined when the error is elsewhere, for example in a module that this one imports.
 */
function lineOfSyntaxError(cause: unknown, file: string): number | undefined {
  if (!(cause instanceof SyntaxError)) return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', resolve(file)], { encoding: 'utf8', timeout: 10_000 });
  const line = /^.+:(\d+)$/m.exec(stderr)?.[1];
  return line === undefined ? undefined : Number(line);
}

/** CommonJS modules have their exports under `default`, too. */
function pick(exports: Exports, name: string, file: string): unknown {
  const all: Exports = { ...(exports.default as object | undefined), ...exports };
  if (name === '') return pickDefault(all, file);
  if (name in all) return all[name];
  const names = exportNames(all);
  const have = names.length === 0 ? 'the file exports nothing' : `the file exports ${names.join(', ')}`;
  const what = `there is no export \`${name}\`: ${have}${orMeant(name, names)}`;
  throw new InputError(what.endsWith('?') ? what : `${what}.`, { code: 'bad-handler', file, field: name });
}

function pickDefault(all: Exports, file: string): unknown {
  if ('handler' in all) return all.handler;
  if (typeof all.default === 'function') return all.default;
  const names = exportNames(all);
  const have = names.length === 0 ? 'it exports nothing' : `choose one with #name: it exports ${names.join(', ')}`;
  const what = `there is no export \`handler\` and no default export; ${have}.`;
  throw new InputError(what, { code: 'bad-handler', file });
}

function exportNames(all: Exports): readonly string[] {
  const unnamed = ['default', 'module.exports', '__esModule'];
  return Object.keys(all)
    .filter((name) => !unnamed.includes(name))
    .sort();
}

function article(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
