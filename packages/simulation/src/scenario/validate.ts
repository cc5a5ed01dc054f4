/** Checks a document against the JSON Schema, and says what is wrong in whole sentences. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { orMeant } from '../closest.ts';
import { type Finding, fieldName, type Path, shown } from './problems.ts';
import { scenarioSchema } from './schema/scenario.ts';

/** More than these help nobody, and a file of 100,000 wrong records would give as many. */
const mostFindings = 50;

/**
 * The schema is compiled for one document, so that its code need be neither short nor quick; it is our own, and a test
 * holds it against the standard.
 */
const quickly = { code: { optimize: false }, inlineRefs: false, validateSchema: false } as const;
const options = { allErrors: true, verbose: true, strict: false, discriminator: true, ...quickly } as const;

let compiled: ValidateFunction | undefined;

/** Findings in the order of the schema's checks; empty when the document is well formed. */
export function validateDocument(document: unknown): readonly Finding[] {
  compiled ??= new Ajv2020(options).compile(scenarioSchema);
  if (compiled(document)) return [];
  return distinct((compiled.errors ?? []).filter((error) => error.keyword !== 'if')).map((error) =>
    toFinding(error, pathOf(error.instancePath, document)),
  );
}

let compiledSource: ValidateFunction | undefined;

/** The first thing that is wrong with a `source` block alone, such as a fixture's header has. `what` goes on after its field. */
export function validateSource(source: unknown): { readonly path: Path; readonly what: string } | undefined {
  compiledSource ??= new Ajv2020(options).compile(scenarioSchema.$defs.source);
  if (compiledSource(source)) return undefined;
  const error = compiledSource.errors?.[0];
  if (error === undefined) return undefined;
  const finding = toFinding(error, pathOf(error.instancePath, source));
  return { path: finding.path, what: withoutSubject(finding.text) };
}

/** The sentence after its subject, which stands in backquotes. */
function withoutSubject(text: string): string {
  return text.replace(/^(`[^`]*`|the scenario)[:]? /, '').replace(/\.$/, '');
}

/** One finding for each place: of several checks that a value failed, the first says enough. */
function distinct(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const seen = new Set<string>();
  const kept = errors.filter((error) => {
    const place = `${error.instancePath} ${error.params.additionalProperty ?? error.params.missingProperty ?? error.params.tag ?? ''}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
  return kept.slice(0, mostFindings);
}

function toFinding(error: ErrorObject, path: Path): Finding {
  if (error.keyword === 'additionalProperties') return unknownField(error, path);
  if (error.keyword === 'required') return missing(path, String(error.params.missingProperty));
  if (error.keyword === 'discriminator') return wrongBranch(error, path);
  return { path, text: `${named(path)} ${expectation(error)}.`.replace(/\?\.$/, '?') };
}

function unknownField(error: ErrorObject, path: Path): Finding {
  const field = String(error.params.additionalProperty);
  const schema = error.parentSchema ?? {};
  const known = Object.keys((schema.properties as object | undefined) ?? {});
  const what = typeof schema.title === 'string' ? schema.title : named(path);
  const text = `\`${fieldName([...path, field])}\` is not a field of ${what}${orMeant(field, known)}`;
  return { path: [...path, field], atKey: true, text: sentence(text) };
}

function missing(path: Path, field: string): Finding {
  return { path, text: `${named(path)} needs the field \`${field}\`.` };
}

function wrongBranch(error: ErrorObject, path: Path): Finding {
  const tag = String(error.params.tag);
  const value = error.params.tagValue as unknown;
  if (value === undefined) return missing(path, tag);
  const at = [...path, tag];
  const unsupported = tag === 'type' ? notSupportedYet(value) : undefined;
  if (unsupported !== undefined) return { path: at, text: `\`${fieldName(at)}\`: ${unsupported}` };
  return { path: at, text: sentence(`\`${fieldName(at)}\` ${oneOf(tagsOf(error, tag), value)}`) };
}

function notSupportedYet(type: unknown): string | undefined {
  if (typeof type !== 'string') return undefined;
  if (/^(amazon-?)?(mq|activemq|rabbitmq)$/i.test(type)) return 'Amazon MQ is not supported yet.';
  if (/^(amazon-?)?(docdb|documentdb)$/i.test(type)) return 'Amazon DocumentDB is not supported yet.';
  return undefined;
}

function tagsOf(error: ErrorObject, tag: string): readonly string[] {
  const branches = (error.parentSchema?.oneOf ?? []) as readonly {
    readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
  }[];
  return branches.flatMap((branch) => branch.properties?.[tag]?.enum ?? []);
}

function expectation(error: ErrorObject): string {
  const schema = error.parentSchema ?? {};
  const value = error.data as unknown;
  if (error.keyword === 'enum') return oneOf(schema.enum as readonly string[], value);
  if (error.keyword === 'maximum' && schema.type === 'integer') {
    return `must be at most ${String(schema.maximum)}, not ${shown(value)}`;
  }
  if (typeof schema.errorMessage === 'string') return `${schema.errorMessage}, not ${shown(value)}`;
  if (error.keyword === 'type') return `must be ${typeWords(schema.type)}, not ${shown(value)}`;
  return `${error.message ?? 'is wrong'}, and is ${shown(value)}`;
}

function oneOf(known: readonly string[], value: unknown): string {
  const near = typeof value === 'string' ? orMeant(value, known) : '';
  return known.length === 1
    ? `must be ${known[0]}, not ${shown(value)}${near}`
    : `must be one of ${known.join(', ')}, not ${shown(value)}${near}`;
}

const words: Readonly<Record<string, string>> = {
  object: 'a block of fields',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};

function typeWords(type: unknown): string {
  return [type]
    .flat()
    .map((name) => words[String(name)] ?? String(name))
    .join(' or ');
}

function named(path: Path): string {
  return path.length === 0 ? 'the scenario' : `\`${fieldName(path)}\``;
}

function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

/** A JSON pointer as keys and indexes. */
function pathOf(pointer: string, document: unknown): Path {
  const path: (string | number)[] = [];
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  }
  return path;
}
