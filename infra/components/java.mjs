/** Java, and what small servers on it have in common. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, installPackages, runProgram } from './commands.mjs';

const oldestJava = 17;
export const brewDirs = [
  '/opt/homebrew/bin',
  '/usr/local/bin',
  '/opt/homebrew/opt/openjdk/bin',
  '/usr/local/opt/openjdk/bin',
];

/** Ready soon rather than fast later: for tests. A bench hands in others after these, so that the last wins. */
export const smallJvmArgs = [
  '-Xmx256m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
  '-Djava.net.preferIPv4Stack=true',
];

async function javaVersion(java, env) {
  const { code, output } = await runProgram(java, ['-version'], { env });
  const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  return code === 0 && version ? Number(version) : undefined;
}

/** A Java that is new enough: JAVA_HOME's, else the first on PATH, else Homebrew's. */
export async function findJava(env = process.env) {
  const home = env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : [];
  const places = [...home, findProgram('java', env), ...brewDirs.map((dir) => join(dir, 'java'))];
  for (const java of places.filter((place) => place && existsSync(place))) {
    if ((await javaVersion(java, env)) >= oldestJava) return java;
  }
  return undefined;
}

/** Finds Java or installs it. @returns undefined when it is there, else one sentence that says why not. */
export async function ensureJava(how) {
  if (await findJava(how.env)) return undefined;
  const problem = await installPackages({ apt: ['openjdk-17-jre-headless'], brew: ['openjdk'] }, how);
  if (problem === undefined && (await findJava(how.env))) return undefined;
  return `Java ${oldestJava} or newer was not found, and ${problem ?? 'is not there after its installation either'}`;
}
