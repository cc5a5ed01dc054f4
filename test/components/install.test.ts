/** infra/components/commands.mjs: who may install, and what apt-get and brew are asked, on fakes that note each call. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseInstaller, installPackages } from '../../infra/components/commands.mjs';

const packages = { apt: ['redis-server'], brew: ['redis'], service: 'redis-server' };
let bin = '';
let said: string[] = [];

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  said = [];
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

/** A program that writes its arguments and one variable down, then does what `then` says. */
function fake(name: string, then = 'exit 0'): void {
  const path = join(bin, name);
  writeFileSync(
    path,
    `#!/bin/sh\necho "${name} $* [$DEBIAN_FRONTEND$HOMEBREW_NO_AUTO_UPDATE]" >> "${bin}/calls"\n${then}\n`,
  );
  chmodSync(path, 0o755);
}

function calls(): readonly string[] {
  return existsSync(join(bin, 'calls')) ? readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n') : [];
}

function how(more: { platform?: string; uid?: number; env?: Record<string, string> } = {}) {
  const env = { PATH: `${bin}:/usr/bin:/bin`, ...more.env };
  return { platform: 'linux', uid: 0, ...more, env, say: (line: string) => void said.push(line) };
}

const aptInstall =
  'apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends redis-server [noninteractive]';

describe('root with apt-get', () => {
  test('installs without questions, and says so', async () => {
    fake('apt-get');
    expect(await installPackages(packages, how())).toBeUndefined();
    expect(calls()).toEqual([aptInstall]);
    expect(said).toEqual(['installing redis-server (apt-get) …']);
  });

  test('fetches package lists when the first try fails, as on a fresh machine', async () => {
    fake('apt-get', `case "$*" in *update*) touch "${bin}/lists" ;; esac; [ -e "${bin}/lists" ]`);
    expect(await installPackages(packages, how())).toBeUndefined();
    expect(calls()).toEqual([aptInstall, 'apt-get -o DPkg::Lock::Timeout=300 update [noninteractive]', aptInstall]);
  });

  test('gives the last line of what went wrong', async () => {
    fake('apt-get', 'echo "E: Unable to locate package redis-server" >&2; exit 100');
    expect(await installPackages(packages, how())).toBe(
      'apt-get could not install redis-server: E: Unable to locate package redis-server',
    );
  });
});

describe('Homebrew', () => {
  test('installs its own package names', async () => {
    fake('brew');
    expect(await installPackages(packages, how({ platform: 'darwin', uid: 501 }))).toBeUndefined();
    expect(calls()).toEqual(['brew install redis [1]']);
  });
});

describe('nothing is installed', () => {
  test('by others than root', async () => {
    fake('apt-get');
    expect(await installPackages(packages, how({ uid: 1000 }))).toBe('only root may install it');
    expect(calls()).toEqual([]);
  });

  test('where MILLRACE_INSTALL=never forbids it', async () => {
    fake('apt-get');
    const env = { MILLRACE_INSTALL: 'never' };
    expect(await installPackages(packages, how({ env }))).toBe('MILLRACE_INSTALL=never forbids to install it');
    expect(calls()).toEqual([]);
  });

  test('where no known package manager is', () => {
    expect(chooseInstaller({ env: { PATH: bin }, platform: 'freebsd', uid: 0 })).toEqual({
      reason: 'only apt-get and Homebrew are known here as ways to install it',
    });
  });
});
