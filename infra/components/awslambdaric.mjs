/**
 * awslambdaric, AWS's own runtime interface client for Python, in a virtual environment of its own. Parts of it are compiled
 * when it is installed, which takes a C++ compiler, cmake and some time.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installPackages, lastLine, runProgram } from './commands.mjs';
import { withLock } from './lock.mjs';

const cacheDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.components');
const version = '4.2.2';
const folder = join(cacheDir, `awslambdaric-${version}`);
/** Written last: a virtual environment cannot be moved to its place once it is complete. */
const complete = join(folder, 'complete');

/** See awslambdaric.d.mts. */
export const pythonWithAwslambdaric = join(folder, 'bin', 'python');

async function install(python, { say, env }) {
  if (existsSync(complete)) return undefined;
  say(`installing awslambdaric ${version}, which is compiled (about a minute) …`);
  rmSync(folder, { recursive: true, force: true });
  const made = await runProgram(python, ['-m', 'venv', folder], { env });
  if (made.code !== 0) {
    const problem = await installPackages({ apt: ['python3-venv'], brew: ['python'] }, { say, env });
    const again = problem ?? (await runProgram(python, ['-m', 'venv', folder], { env })).code;
    if (again !== 0) return `python3 could not make a virtual environment: ${lastLine(made.output)}`;
  }
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
  const args = ['-m', 'pip', 'install', ...quiet, `awslambdaric==${version}`];
  const { code, output } = await runProgram(pythonWithAwslambdaric, args, { env });
  if (code !== 0) return `pip could not install awslambdaric: ${lastLine(output)}`;
  mkdirSync(complete);
  return undefined;
}

/** See awslambdaric.d.mts. */
export async function ensureAwslambdaric({ say = () => {}, env = process.env } = {}) {
  if (existsSync(complete)) return undefined;
  const python = findProgram('python3', env);
  if (!python) return 'awslambdaric needs python3: install python3 (apt-get) or python (brew)';
  if (env.MILLRACE_INSTALL === 'never') {
    return 'awslambdaric is not here, and MILLRACE_INSTALL=never forbids to install it';
  }
  mkdirSync(cacheDir, { recursive: true });
  return withLock(
    join(cacheDir, 'awslambdaric.lock'),
    () => install(python, { say, env }),
    (pid) => say(`process ${pid} is installing awslambdaric; waiting …`),
  );
}
