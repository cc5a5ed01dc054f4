/**
 * Makes a fresh clone ready: installs what package-lock.json names and builds the packages, and does neither when
 * nothing changed. `npm test`, `npm run demo` and the others run it first, so it has no dependencies of its own.
 *
 * 1. Nothing to do means nothing printed, in well under half a second. What is printed goes to stderr.
 * 2. It looks at what is there, not at what it remembers: the installation is compared with package-lock.json itself.
 *    Only the build needs a stamp (a hash over paths, sizes and times of the sources), taken before the build starts,
 *    so that an edit made during a build leads to another one.
 * 3. Two at once are safe: the second waits for the first, then looks again. A lock whose owner is gone is taken over.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stateDir = join(root, '.bootstrap');
const stampFile = join(stateDir, 'built');
const lockDir = join(stateDir, 'lock');
const oldestNode = [20, 19];
/** A lock without an owner's note is being made at this moment, or its maker died between two lines. */
const unsignedLockMs = 5_000;

function say(text) {
  process.stderr.write(`millrace: ${text}\n`);
}

function stop(text) {
  say(text);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  stop(`Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}: see https://nodejs.org.`);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds exactly what the lock file names. npm leaves optional packages of other platforms out. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const found = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted) stop('package-lock.json is missing or unreadable; take it from the repository again.');
  if (!found || !existsSync(join(root, 'node_modules', '.bin', 'millrace'))) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const there = found[path];
    if (!there) return entry.optional === true;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

function packageDirs() {
  return readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'packages', entry.name, 'tsconfig.json')))
    .map((entry) => join(root, 'packages', entry.name));
}

function filesUnder(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** One hash over everything that decides what a build makes. Content is not read: sizes and times are enough, and quick. */
function sourcesHash() {
  const files = packageDirs().flatMap((dir) => [
    join(dir, 'package.json'),
    join(dir, 'tsconfig.json'),
    ...filesUnder(join(dir, 'src')),
  ]);
  const hash = createHash('sha256');
  for (const file of [join(root, 'tsconfig.json'), join(root, 'tsconfig.base.json'), ...files].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.update(process.versions.node).digest('hex');
}

function missingOutputs() {
  return packageDirs().filter((dir) => !existsSync(join(dir, 'dist')));
}

function isBuilt() {
  if (missingOutputs().length > 0) return false;
  try {
    return readFileSync(stampFile, 'utf8') === sourcesHash();
  } catch {
    return false;
  }
}

/** Runs a command with its output kept; prints it only when the command fails. */
function run(command, args, whatFailed) {
  const done = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
  if (done.status === 0) return;
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`);
  stop(`${whatFailed} (${done.error?.message ?? `exit code ${done.status ?? done.signal}`}); see the lines above.`);
}

function install() {
  say('installing what package-lock.json names (npm ci); this takes a little while …');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  if (npm && /npm-cli\.c?js$/.test(npm)) run(process.execPath, [npm, ...args], 'npm ci failed');
  else run('npm', args, 'npm ci failed');
}

function build() {
  say('building the packages (tsc -b) …');
  const stamp = sourcesHash();
  // tsc trusts its own record of what it wrote, so a deleted dist is only written again without that record.
  for (const dir of missingOutputs()) rmSync(join(dir, 'tsconfig.tsbuildinfo'), { force: true });
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], 'the build failed');
  writeFileSync(stampFile, stamp);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function lockOwner() {
  const pid = Number.parseInt(readFileSync(join(lockDir, 'pid'), 'utf8'), 10);
  return Number.isInteger(pid) ? pid : undefined;
}

/** Whether the lock's maker is gone: its process has ended, or it never signed. */
function isStale() {
  try {
    const pid = lockOwner();
    if (pid !== undefined) return !isAlive(pid);
  } catch {}
  try {
    return Date.now() - statSync(lockDir).mtimeMs > unsignedLockMs;
  } catch {
    return false;
  }
}

function tryLock() {
  try {
    mkdirSync(lockDir);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(lockDir, 'pid'), `${process.pid}\n`);
  return true;
}

/** Moves a stale lock away: only one of several waiting processes can rename it. */
function breakLock() {
  const aside = `${lockDir}-${randomUUID()}`;
  try {
    renameSync(lockDir, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function withLock(work) {
  mkdirSync(stateDir, { recursive: true });
  let told = false;
  while (!tryLock()) {
    if (isStale()) {
      breakLock();
      continue;
    }
    if (!told) say('another installation or build of this clone is running; waiting for it to end …');
    told = true;
    sleep(100);
  }
  process.on('exit', () => rmSync(lockDir, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  work();
}

checkNode();
if (!isInstalled() || !isBuilt()) {
  withLock(() => {
    if (!isInstalled()) install();
    if (!isBuilt()) build();
  });
}
