/**
 * A package from npm that is run, not imported: unpacked into a folder of its own, so that package-lock.json and what
 * users install never hear of it.
 *
 * It stands in .components/<name>-<version>; the folder gets this name when it is complete. What was fetched is compared
 * with the sum that stands here beside the version, before anything of it is unpacked. No script of it runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, lastLine, runProgram } from './commands.mjs';
import { withLock } from './lock.mjs';

const cacheDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.components');

/** Where the package is or will be. */
export function packageDir({ name, version }) {
  return join(cacheDir, `${name}-${version}`);
}

/** What npm says is wrong; around it stand its error's code and where it keeps its log. */
function reason(output) {
  const errors = output.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  const told = errors.find((line) => /reason:|404|integrity/.test(line)) ?? errors.at(0) ?? lastLine(output);
  return told.replace(/^npm (error|ERR!) /, '');
}

async function fetchPackage(npm, wanted, { say, env }) {
  const { name, version, integrity, sizeMb } = wanted;
  say(`fetching ${name} ${version} from npm (${sizeMb} MB) …`);
  const unfinished = mkdtempSync(join(cacheDir, 'unfinished-'));
  try {
    const args = ['pack', `${name}@${version}`, '--pack-destination', unfinished, '--loglevel=error'];
    const packed = await runProgram(npm, args, { env, cwd: unfinished });
    const tarball = readdirSync(unfinished).find((file) => file.endsWith('.tgz'));
    if (packed.code !== 0 || !tarball) return `npm could not fetch ${name}@${version}: ${reason(packed.output)}`;
    const sum = createHash('sha512')
      .update(readFileSync(join(unfinished, tarball)))
      .digest('base64');
    if (sum !== integrity)
      return `npm fetched another ${name}@${version} than the one that is known here: sha512-${sum}`;
    const { code, output } = await runProgram('tar', ['xzf', tarball], { env, cwd: unfinished });
    if (code !== 0) return `tar could not unpack ${name}@${version}: ${lastLine(output)}`;
    if (!existsSync(packageDir(wanted))) renameSync(join(unfinished, 'package'), packageDir(wanted));
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/**
 * Finds the package or fetches it.
 * @param wanted `{ name, version, integrity, sizeMb }`, `integrity` being the SHA-512 of npm's tarball in base64.
 * @returns undefined when it is there, else one sentence that says why not.
 */
export async function ensureNpmPackage(wanted, { say = () => {}, env = process.env } = {}) {
  const { name } = wanted;
  if (existsSync(packageDir(wanted))) return undefined;
  if (env.MILLRACE_INSTALL === 'never') {
    return `${name} ${wanted.version} is not here, and MILLRACE_INSTALL=never forbids to install it`;
  }
  const npm = findProgram('npm', env, [dirname(process.execPath)]);
  if (!npm) return `${name} is fetched by npm, which was not found on PATH`;
  mkdirSync(cacheDir, { recursive: true });
  const install = async () => (existsSync(packageDir(wanted)) ? undefined : fetchPackage(npm, wanted, { say, env }));
  return withLock(join(cacheDir, `${name}.lock`), install, (pid) =>
    say(`process ${pid} is installing ${name}; waiting for it …`),
  );
}
