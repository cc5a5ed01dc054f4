/** A directory in which a README's commands and snippets run as from the root, without leaving anything behind. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tidy/repository.ts';

interface Ran {
  readonly status: number | null;
  /** What it wrote to standard output and standard error. */
  readonly output: string;
}

/** A command that goes on while others run. */
export interface Background {
  /** Asks it to stop, as Ctrl-C would, and waits until it has. */
  stop(): Promise<Ran>;
}

export interface Workspace {
  write(name: string, text: string): void;
  run(program: string, args: readonly string[]): Ran;
  shell(command: string): Ran;
  /** Starts a command and waits until it says that it is ready. */
  background(command: string): Promise<Background>;
  remove(): void;
}

/** Not linked: what is Git's, what is found through the parent directory, and this directory's own parent. */
const unlinked = ['.git', '.millrace', 'node_modules'];

/** Makes a directory below `.millrace/` with a link to everything in the root. */
export function newWorkspace(): Workspace {
  mkdirSync(join(root, '.millrace'), { recursive: true });
  const dir = mkdtempSync(join(root, '.millrace', 'readme-'));
  for (const name of readdirSync(root)) {
    if (!unlinked.includes(name)) symlinkSync(join(root, name), join(dir, name));
  }
  const run = (program: string, args: readonly string[], shell: boolean): Ran => {
    const done = spawnSync(program, args, {
      cwd: dir,
      env: cleanEnvironment(),
      encoding: 'utf8',
      shell,
      timeout: 120_000,
    });
    if (done.error) throw done.error;
    return { status: done.status, output: `${done.stdout}${done.stderr}` };
  };
  return {
    write: (name, text) => writeFileSync(join(dir, name), text),
    run: (program, args) => run(program, args, false),
    shell: (command) => run(command, [], true),
    background: (command) => startInBackground(command, dir),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const READY_WITHIN_MS = 60_000;

function startInBackground(command: string, cwd: string): Promise<Background> {
  const child = spawn(`exec ${command}`, {
    cwd,
    env: cleanEnvironment(),
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exit = new Promise<Ran>((resolve) => child.once('exit', (status) => resolve({ status, output })));
  const stop = () => {
    child.kill('SIGINT');
    return exit;
  };
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command} was not ready in time: ${output}`)), READY_WITHIN_MS);
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      if (!output.includes('ready')) return;
      clearTimeout(late);
      resolve({ stop });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void exit.then(() => reject(new Error(`${command} ended before it was ready: ${output}`)));
  });
}

/** Commands see neither that vitest runs them nor a terminal's colours. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|TEST$|NODE_ENV$|MILLRACE_|FORCE_COLOR)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', COLUMNS: '100' };
}
