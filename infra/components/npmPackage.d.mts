import type { How } from './commands.mjs';

interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** The SHA-512 of npm's tarball, in base64. */
  readonly integrity: string;
  readonly sizeMb: number;
}

/** Where the package is or will be. */
export function packageDir(wanted: NpmPackage): string;

/** Finds the package or fetches it. Resolves to undefined when it is there, else to one sentence that says why not. */
export function ensureNpmPackage(wanted: NpmPackage, how?: How): Promise<string | undefined>;
