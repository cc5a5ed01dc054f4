/** infra/bootstrap.mjs on a small clone of its own, whose "installation" is there from the start. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from './tidy/repository.ts';

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'));
  const lock = JSON.stringify({
    packages: { '': {}, 'node_modules/other-platform': { version: '1.0.0', optional: true } },
  });
  write('package-lock.json', lock);
  write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
  write('node_modules/.bin/millrace', '');
  write('tsconfig.json', JSON.stringify({ files: [], references: [{ path: 'packages/a' }] }));
  write('tsconfig.base.json', '{}');
  write('packages/a/package.json', '{}');
  write('packages/a/tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));
  write('packages/a/src/index.ts', 'export const a = 1;\n');
  write('infra/.keep', '');
  copyFileSync(join(root, 'infra/bootstrap.mjs'), join(clone, 'infra/bootstrap.mjs'));
  for (const name of ['typescript', '@typescript'])
    symlinkSync(join(root, 'node_modules', name), at('node_modules', name));
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

const compilerOptions = { composite: true, rootDir: 'src', outDir: 'dist', target: 'ES2023', module: 'NodeNext' };
const building = 'millrace: building the packages (tsc -b) …\n';

function at(...parts: readonly string[]): string {
  return join(clone, ...parts);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

function bootstrap(): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/bootstrap.mjs'], {
    cwd: clone,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  return { status, said: stderr };
}

test('builds once, and says nothing when nothing changed', () => {
  expect(bootstrap()).toEqual({ status: 0, said: building });
  expect(existsSync(at('packages/a/dist/index.js'))).toBe(true);
  expect(bootstrap()).toEqual({ status: 0, said: '' });
});

test('builds again after an edit, a new file, and when what was built is gone', () => {
  bootstrap();
  write('packages/a/src/index.ts', 'export const a = 22;\n');
  expect(bootstrap().said).toBe(building);
  write('packages/a/src/b.ts', 'export const b = 1;\n');
  expect(bootstrap().said).toBe(building);
  rmSync(at('packages/a/dist'), { recursive: true });
  expect(bootstrap().said).toBe(building);
  expect(existsSync(at('packages/a/dist/b.js'))).toBe(true);
});

test('a broken source fails with its place, every time, and leaves no lock', () => {
  write('packages/a/src/index.ts', 'export const a: string = 1;\n');
  for (let time = 0; time < 2; time += 1) {
    const { status, said } = bootstrap();
    expect(status).toBe(1);
    expect(said).toContain('packages/a/src/index.ts(1,14)');
    expect(said).toMatch(/millrace: the build failed .*\n$/);
  }
  expect(existsSync(at('.bootstrap/lock'))).toBe(false);
});

test('takes over the lock of a process that is gone', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  write('.bootstrap/lock/pid', `${gone}\n`);
  expect(bootstrap()).toEqual({ status: 0, said: building });
});

test('of two at once, one builds and the other waits', async () => {
  const runs = await Promise.all([concurrently(), concurrently()]);
  expect(runs.map(({ status }) => status)).toEqual([0, 0]);
  expect(runs.filter(({ said }) => said.includes(building))).toHaveLength(1);
});

test('a lock file that cannot be read is named', () => {
  write('package-lock.json', '{');
  expect(bootstrap()).toEqual({
    status: 1,
    said: 'millrace: package-lock.json is missing or unreadable; take it from the repository again.\n',
  });
});

function concurrently(): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['infra/bootstrap.mjs'], { cwd: clone, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    child.on('close', (status) => resolve({ status, said }));
  });
}
