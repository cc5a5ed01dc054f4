/**
 * The jars of a server, fetched by Maven as a pom names them.
 *
 * They stand in .components/<name>-<hash of the pom>. The folder gets this name when it is complete, so that it is either
 * there and whole, or not there. Maven compares sums that come from where the jars come from; those in jars.sha256 beside
 * the pom are known here. When a pom changes, `sha256sum *.jar` in a folder that was looked at makes them anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installPackages, lastLine, runProgram } from './commands.mjs';
import { brewDirs, ensureJava, findJava } from './java.mjs';
import { withLock } from './lock.mjs';

const cacheDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.components');

/** Where the jars are or will be. */
export function jarsDir({ name, pom }) {
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return join(cacheDir, `${name}-${hash}`);
}

async function ensureMaven(how) {
  const find = () => findProgram('mvn', how.env ?? process.env, brewDirs);
  if (find()) return { mvn: find() };
  const problem = await installPackages({ apt: ['maven'], brew: ['maven'] }, how);
  if (problem === undefined && find()) return { mvn: find() };
  return { problem: `Maven (mvn) was not found, and ${problem ?? 'is not there after its installation either'}` };
}

function firstError(output) {
  return /\[ERROR\] (.+)/.exec(output)?.[1] ?? lastLine(output);
}

/** What is there and is not the very file that is known, or the other way round; undefined: all is as it should be. */
function stranger({ pom }, dir) {
  const sums = readFileSync(join(dirname(pom), 'jars.sha256'), 'utf8')
    .trim()
    .split('\n');
  const known = new Map(sums.map((line) => line.split(/ +/).reverse()));
  const sumOf = (file) =>
    createHash('sha256')
      .update(readFileSync(join(dir, file)))
      .digest('hex');
  const there = readdirSync(dir);
  return (
    there.find((file) => known.get(file) !== sumOf(file)) ?? [...known.keys()].find((file) => !there.includes(file))
  );
}

async function fetchJars(mvn, jars, { say, env }) {
  say(`fetching ${jars.title} and what it needs from Maven Central (${jars.sizeMb} MB) …`);
  const unfinished = mkdtempSync(join(cacheDir, 'unfinished-'));
  try {
    const args = ['-B', '-q', '-C', '-f', jars.pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    const { code, output } = await runProgram(mvn, args, { env });
    const isWhole = code === 0 && readdirSync(unfinished).some((file) => file.startsWith(jars.mainJar));
    if (!isWhole) return `Maven could not fetch ${jars.title}: ${firstError(output)}`;
    const other = stranger(jars, unfinished);
    if (other) return `Maven fetched other jars of ${jars.title} than those that are known here: ${other} differs`;
    if (!existsSync(jarsDir(jars))) renameSync(unfinished, jarsDir(jars));
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function install(jars, how) {
  const javaProblem = await ensureJava(how);
  if (javaProblem) return javaProblem;
  if (existsSync(jarsDir(jars))) return undefined;
  const { MILLRACE_INSTALL } = how.env ?? process.env;
  if (MILLRACE_INSTALL === 'never')
    return `${jars.title} is not here, and MILLRACE_INSTALL=never forbids to install it`;
  const { mvn, problem } = await ensureMaven(how);
  return problem ?? fetchJars(mvn, jars, how);
}

/**
 * Makes a server's jars and a Java for them ready.
 * @param jars `{ name, title, pom, mainJar, sizeMb }`: `mainJar` is how the file begins without which nothing is there.
 * @returns undefined when they are, else one sentence that says why not.
 */
export async function ensureJars(jars, { say = () => {}, env } = {}) {
  if (existsSync(jarsDir(jars)) && (await findJava(env))) return undefined;
  mkdirSync(cacheDir, { recursive: true });
  const onWait = (pid) => say(`process ${pid} is installing ${jars.title}; waiting for it …`);
  return withLock(join(cacheDir, `${jars.name}.lock`), () => install(jars, { say, env }), onWait);
}
