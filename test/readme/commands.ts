/** How a README's command is run here: as it stands, with `npx millrace` taken from this clone's own build. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tidy/repository.ts';

export type Verdict =
  | { readonly kind: 'run'; readonly command: string }
  /** Not run, for a good reason; what can be checked about it was. */
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/** Commands that a test cannot run. npm scripts among them must exist all the same. */
const left: readonly (readonly [RegExp, string])[] = [
  [/^npm (test|run (test:deep|verify))$/, 'it would run this test again'],
  [/^npm run (bench|lint|format|build)$/, 'it takes long, or works on the whole repository'],
  [/^node infra\/make-flights\.mjs/, 'it downloads from the registry and writes into the repository'],
  [/^(git clone|cd) /, 'it makes the clone in which this test runs'],
  [/^npm install -D @millrace\/simulation( vitest)?$/, 'it installs from the registry'],
];

export function verdictOn(command: string): Verdict {
  const script = /^npm (?:run )?([\w:-]+)/.exec(command)?.[1];
  const reason = left.find(([pattern]) => pattern.test(command))?.[1];
  if (script && script !== 'install' && !scripts().includes(script)) {
    return { kind: 'refuse', reason: `package.json has no script ${script}` };
  }
  if (reason) return { kind: 'leave', reason };
  if (/^npx millrace( |$)/.test(command))
    return { kind: 'run', command: command.replaceAll('npx millrace', millrace()) };
  if (/^(npm run|node|cat|gunzip|gzip) /.test(command)) {
    return { kind: 'run', command: command.replaceAll('npx millrace', millrace()) };
  }
  return { kind: 'refuse', reason: `nothing is known to do with the command: ${command}` };
}

function scripts(): readonly string[] {
  return Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts);
}

/** What `npx millrace` starts from the root: the workspace's own bin. */
export function millrace(): string {
  const bin = join(root, 'node_modules', '.bin', 'millrace');
  if (!existsSync(bin))
    throw new Error('npx millrace would not find the command: node_modules/.bin/millrace is missing');
  return `"${process.execPath}" "${join(root, 'packages', 'cli', 'bin', 'millrace.js')}"`;
}
