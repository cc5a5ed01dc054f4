/** infra/components/npmPackage.mjs and jars.mjs: what is fetched, from where, and why not, on fakes of npm and Maven. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureJars, jarsDir } from '../../infra/components/jars.mjs';
import { ensureNpmPackage, packageDir } from '../../infra/components/npmPackage.mjs';

let dir = '';
let said: string[] = [];
const made: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  mkdirSync(join(dir, 'bin'));
  said = [];
});
afterEach(() => {
  for (const each of [dir, ...made.splice(0)]) rmSync(each, { recursive: true, force: true });
});

/** A program of that name, found before any other. */
function fake(name: string, script: string): void {
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
}

function how(more: Record<string, string> = {}) {
  const env = { ...process.env, MILLRACE_INSTALL: '', PATH: `${join(dir, 'bin')}:${process.env.PATH}`, ...more };
  return { env, say: (line: string) => void said.push(line) };
}

describe('a package from npm', () => {
  /** One that no other test run has, with what `npm pack` would hand over. */
  function wanted() {
    const name = `test-${process.pid}-${made.length}`;
    mkdirSync(join(dir, 'package'));
    writeFileSync(join(dir, 'package', 'main.js'), 'the program');
    expect(spawnSync('tar', ['czf', 'packed.tgz', 'package'], { cwd: dir }).status).toBe(0);
    fake('npm', `echo "$*" > "${dir}/calls"\ncp "${dir}/packed.tgz" "$PWD/${name}.tgz"`);
    const integrity = createHash('sha512')
      .update(readFileSync(join(dir, 'packed.tgz')))
      .digest('base64');
    const it = { name, version: '1.2.3', integrity, sizeMb: 1 };
    made.push(packageDir(it));
    return it;
  }

  test('is fetched once, as the very file that is known here, and said', async () => {
    const it = wanted();
    expect(await ensureNpmPackage(it, how())).toBeUndefined();
    expect(readFileSync(join(packageDir(it), 'main.js'), 'utf8')).toBe('the program');
    expect(readFileSync(join(dir, 'calls'), 'utf8')).toMatch(
      /^pack test-\S+@1\.2\.3 --pack-destination \S+ --loglevel=error\n$/,
    );
    fake('npm', 'exit 1');
    expect(await ensureNpmPackage(it, how({ MILLRACE_INSTALL: 'never' }))).toBeUndefined();
    expect(said).toEqual([`fetching ${it.name} 1.2.3 from npm (1 MB) …`]);
  });

  test('that is another one than the known one is not unpacked', async () => {
    const it = { ...wanted(), integrity: 'another' };
    expect(await ensureNpmPackage(it, how())).toMatch(
      /^npm fetched another test-\S+@1\.2\.3 than the one that is known here: sha512-\S+$/,
    );
    expect(existsSync(packageDir(it))).toBe(false);
  });

  test('that cannot be fetched is one sentence with the reason that npm gives', async () => {
    const it = wanted();
    fake(
      'npm',
      'for line in "warn old" "error code E" "error network: failed, reason: none" "error A log"; do echo "npm $line"; done; exit 1',
    );
    expect(await ensureNpmPackage(it, how())).toBe(
      `npm could not fetch ${it.name}@1.2.3: network: failed, reason: none`,
    );
    expect(existsSync(packageDir(it))).toBe(false);
  });

  test('is not fetched where MILLRACE_INSTALL=never forbids it', async () => {
    const it = wanted();
    expect(await ensureNpmPackage(it, how({ MILLRACE_INSTALL: 'never' }))).toBe(
      `${it.name} 1.2.3 is not here, and MILLRACE_INSTALL=never forbids to install it`,
    );
    expect(existsSync(join(dir, 'calls'))).toBe(false);
  });
});

describe('jars', () => {
  /** Of a server that nobody has, and a Java that says it is new enough. */
  function wanted() {
    const pom = join(dir, 'pom.xml');
    writeFileSync(pom, `<project>${dir}</project>`);
    const sum = createHash('sha256').update('the program').digest('hex');
    writeFileSync(join(dir, 'jars.sha256'), `${sum}  some-server-1.jar\n`);
    fake('java', `echo 'openjdk version "21.0.1"' >&2`);
    const it = { name: 'test', title: 'Some Server', pom, mainJar: 'some-server', sizeMb: 2 };
    made.push(jarsDir(it));
    return it;
  }
  const outputDirectory = 'for arg; do case $arg in -DoutputDirectory=*) to=$(echo "$arg" | cut -d= -f2) ;; esac; done';

  test('are fetched once by Maven, as the pom names them, and said', async () => {
    const it = wanted();
    fake('mvn', `${outputDirectory}\nprintf 'the program' > "$to/some-server-1.jar"`);
    expect(await ensureJars(it, how({ JAVA_HOME: '' }))).toBeUndefined();
    expect(existsSync(join(jarsDir(it), 'some-server-1.jar'))).toBe(true);
    fake('mvn', 'exit 1');
    expect(await ensureJars(it, how({ JAVA_HOME: '', MILLRACE_INSTALL: 'never' }))).toBeUndefined();
    expect(said).toEqual(['fetching Some Server and what it needs from Maven Central (2 MB) …']);
  });

  test('that are not whole are not taken, and one sentence says what Maven said first', async () => {
    const it = wanted();
    fake('mvn', `${outputDirectory}\ntouch "$to/another.jar"\necho "[ERROR] Could not find some-server"\nexit 1`);
    expect(await ensureJars(it, how({ JAVA_HOME: '' }))).toBe(
      'Maven could not fetch Some Server: Could not find some-server',
    );
    fake('mvn', `${outputDirectory}\ntouch "$to/another.jar"`);
    expect(await ensureJars(it, how({ JAVA_HOME: '' }))).toMatch(/^Maven could not fetch Some Server: /);
    expect(existsSync(jarsDir(it))).toBe(false);
  });

  test.each([
    ['is another one', 'printf "another program" > "$to/some-server-1.jar"', 'some-server-1.jar'],
    [
      'is not known',
      'printf "the program" > "$to/some-server-1.jar"; touch "$to/some-server-2.jar"',
      'some-server-2.jar',
    ],
    ['is missing', 'printf "the program" > "$to/some-server-1.jar"; rm "$to/lib.jar"', 'lib.jar'],
  ])('of which one %s are not taken', async (_what, script, file) => {
    const it = wanted();
    appendFileSync(join(dir, 'jars.sha256'), `${createHash('sha256').update('').digest('hex')}  lib.jar\n`);
    fake('mvn', `${outputDirectory}\ntouch "$to/lib.jar"\n${script}`);
    expect(await ensureJars(it, how({ JAVA_HOME: '' }))).toBe(
      `Maven fetched other jars of Some Server than those that are known here: ${file} differs`,
    );
    expect(existsSync(jarsDir(it))).toBe(false);
  });

  test('are not fetched where MILLRACE_INSTALL=never forbids it', async () => {
    expect(await ensureJars(wanted(), how({ JAVA_HOME: '', MILLRACE_INSTALL: 'never' }))).toBe(
      'Some Server is not here, and MILLRACE_INSTALL=never forbids to install it',
    );
  });
});
