/**
 * `npm ci` refuses a lock file that leaves out an optional package of another platform, which happens when npm updates it
 * against a registry that lacks some of them. Then add the missing entries by hand, as their neighbours stand there.
 */
import { expect, test } from 'vitest';
import { readText } from './tidy/repository.ts';

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test('package-lock.json names the optional packages of every platform', () => {
  const packages: Record<string, LockedPackage> = JSON.parse(readText('package-lock.json')).packages;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter(
      (name) => !packages[`node_modules/${name}`]?.version && !packages[`${path}/node_modules/${name}`]?.version,
    ),
  );
  expect(missing).toEqual([]);
});
