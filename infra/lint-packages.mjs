/**
 * Checks every package as npm would publish it: entry points exist, types and conditions resolve, nothing that is
 * exported is left out of the tarball. Each finding of publint counts as an error, suggestions too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

async function findings(dir) {
  const pkg = JSON.parse(readFileSync(join(packages, dir, 'package.json'), 'utf8'));
  const { messages } = await publint({ pkgDir: join(packages, dir), level: 'suggestion', strict: true });
  return messages.map((message) => `${pkg.name}: ${formatMessage(message, pkg, { color: false })}`);
}

const found = (await Promise.all(readdirSync(packages).map(findings))).flat();
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
