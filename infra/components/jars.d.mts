import type { How } from './commands.mjs';

interface Jars {
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** The path of the pom that names the server. */
  readonly pom: string;
  /** How the name of the file begins without which nothing is there. */
  readonly mainJar: string;
  readonly sizeMb: number;
}

/** Where the jars are or will be. */
export function jarsDir(jars: Jars): string;

/** Finds or installs Java and the jars. Resolves to undefined when all is there, else to one sentence that says why not. */
export function ensureJars(jars: Jars, how?: How): Promise<string | undefined>;
