/**
 * boto3, the SQS client of the Python world, twice: a current one, which speaks AWS JSON, and one of the last that spoke the
 * older Query protocol. Neither touches the Python that is there: both stand in a folder that PYTHONPATH names.
 *
 * The folder is .components/boto3-<versions>; it gets this name when it is complete.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installPackages, lastLine, runProgram } from './commands.mjs';
import { withLock } from './lock.mjs';

const cacheDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.components');
const versions = { json: ['boto3==1.43.11'], query: ['boto3==1.28.80', 'botocore==1.31.80'] };
const folder = join(cacheDir, `boto3-${Object.values(versions).flat().join('-').replaceAll(/\w+==/g, '')}`);

/** See boto3.d.mts. */
export function pythonWithBoto3(protocol, env = process.env) {
  return { python: findProgram('python3', env), env: { ...env, PYTHONPATH: join(folder, protocol) } };
}

async function ensurePip(python, how) {
  const hasPip = async () => (await runProgram(python, ['-m', 'pip', '--version'], how)).code === 0;
  if (await hasPip()) return undefined;
  const problem = await installPackages({ apt: ['python3-pip'], brew: ['python'] }, how);
  if (problem === undefined && (await hasPip())) return undefined;
  return `pip was not found: install python3-pip (${problem ?? 'it is not there after its installation either'})`;
}

async function fetchBoto3(python, { say, env }) {
  say('fetching boto3, a current one and one that speaks the Query protocol (35 MB) …');
  const unfinished = mkdtempSync(join(cacheDir, 'unfinished-'));
  const quiet = ['--quiet', '--no-input', '--no-compile', '--disable-pip-version-check'];
  try {
    for (const [protocol, packages] of Object.entries(versions)) {
      const args = ['-m', 'pip', 'install', ...quiet, '--target', join(unfinished, protocol), ...packages];
      const { code, output } = await runProgram(python, args, { env });
      if (code !== 0) return `pip could not install ${packages.join(' ')}: ${lastLine(output)}`;
    }
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** See boto3.d.mts. */
export async function ensureBoto3({ say = () => {}, env = process.env } = {}) {
  const python = findProgram('python3', env);
  if (!python) return 'boto3 needs python3: install python3 (apt-get) or python (brew)';
  if (existsSync(folder)) return undefined;
  if (env.MILLRACE_INSTALL === 'never') return 'boto3 is not here, and MILLRACE_INSTALL=never forbids to install it';
  mkdirSync(cacheDir, { recursive: true });
  const install = async () =>
    existsSync(folder) ? undefined : ((await ensurePip(python, { say, env })) ?? fetchBoto3(python, { say, env }));
  return withLock(join(cacheDir, 'boto3.lock'), install, (pid) => say(`process ${pid} is installing boto3; waiting …`));
}
