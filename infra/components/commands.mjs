/** Other programs: finding one, running one to its end, and installing packages of the system where that is allowed. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const keptOutputChars = 4_000;

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first place of a program on PATH, then in `moreDirs`. */
export function findProgram(name, env, moreDirs = []) {
  const dirs = [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...moreDirs];
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

/** Runs a program to its end. @returns its exit code (-1: it could not be run, or took too long) and the end of its output. */
export function runProgram(file, args, { env = process.env, cwd, patienceMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output = (output + data).slice(-keptOutputChars);
      });
    }
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output: output.trim() }));
  });
}

/** Which package manager may be used here, as a path; or why none. */
export function chooseInstaller({ env = process.env, platform = process.platform, uid = process.getuid?.() } = {}) {
  if (env.MILLRACE_INSTALL === 'never') return { reason: 'MILLRACE_INSTALL=never forbids to install it' };
  if (platform === 'darwin') {
    const brew = findProgram('brew', env, ['/opt/homebrew/bin', '/usr/local/bin']);
    return brew ? { kind: 'brew', file: brew } : { reason: 'Homebrew, which could install it, is not here' };
  }
  const aptGet = platform === 'linux' ? findProgram('apt-get', env, ['/usr/bin']) : undefined;
  if (!aptGet) return { reason: 'only apt-get and Homebrew are known here as ways to install it' };
  return uid === 0 ? { kind: 'apt', file: aptGet } : { reason: 'only root may install it' };
}

/** Debian starts a service with its package. Nobody asked for that one: it goes, unless it ran before. */
async function withoutService(service, env, install) {
  const systemctl = existsSync('/run/systemd/system') ? findProgram('systemctl', env) : undefined;
  if (!service || !systemctl) return install();
  const isNew = (await runProgram(systemctl, ['cat', service], { env })).code !== 0;
  const problem = await install();
  if (isNew && problem === undefined) await runProgram(systemctl, ['disable', '--now', service], { env });
  return problem;
}

async function aptInstall(file, packages, env) {
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = () =>
    runProgram(file, [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env: quiet });
  if ((await install()).code === 0) return undefined;
  // A fresh machine has no package lists yet, and an old one has lists of packages that are gone.
  await runProgram(file, [...wait, 'update'], { env: quiet });
  const { code, output } = await install();
  return code === 0 ? undefined : `apt-get could not install ${packages.join(' ')}: ${lastLine(output)}`;
}

async function brewInstall(file, packages, env) {
  const { code, output } = await runProgram(file, ['install', ...packages], {
    env: { ...env, HOMEBREW_NO_AUTO_UPDATE: '1', HOMEBREW_NO_ENV_HINTS: '1' },
  });
  return code === 0 ? undefined : `brew could not install ${packages.join(' ')}: ${lastLine(output)}`;
}

export function lastLine(output) {
  return output.trim().split('\n').at(-1) || 'it printed nothing';
}

/**
 * Installs packages of the system.
 * @param packages names for each package manager: { apt, brew, service }, `service` being what Debian would start.
 * @returns undefined when done, else why not.
 */
export async function installPackages({ apt, brew, service }, { say, ...where }) {
  const { env = process.env } = where;
  const installer = chooseInstaller(where);
  if (installer.reason) return installer.reason;
  const packages = installer.kind === 'apt' ? apt : brew;
  say(`installing ${packages.join(' ')} (${installer.kind === 'apt' ? 'apt-get' : 'brew'}) …`);
  if (installer.kind === 'brew') return brewInstall(installer.file, packages, env);
  return withoutService(service, env, () => aptInstall(installer.file, packages, env));
}

/** What went wrong, as the first exception says it; stack traces stand below it. */
export function firstException(output) {
  const lines = output.trim().split('\n');
  return (lines.find((line) => /Exception|Error/.test(line)) ?? lastLine(output)).trim();
}
