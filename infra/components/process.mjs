/**
 * A component's process: started, watched, ended. For servers that tests and benches start for themselves.
 *
 * 1. It never outlives its starter, however that one ends. A normal end kills it in `process.on('exit')`; for a crash or
 *    a kill -9 a small shell waits on a pipe from the starter and kills it when that pipe closes.
 * 2. It never keeps its starter alive: neither process nor pipes hold Node's event loop, except while something awaits them.
 * 3. Folders made for it (`makeFolder`) go the same way.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const keptOutputChars = 8_000;
/** Below the range that systems take source ports from (Linux 32768 up, macOS 49152 up). A client that tries to
 * reconnect to a stopped server in that range can be given the server's port as its own, connect to itself, and keep
 * the server from ever coming back. */
const ports = { first: 12_000, count: 20_000 };

/** A sentence for people, with a code for programs. */
export class ComponentError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'ComponentError';
    this.code = code;
  }
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function isPortFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}

/** A port of 127.0.0.1 that was free a moment ago: whoever takes it must be ready to lose the race for it. */
export async function freePort() {
  for (;;) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    if (await isPortFree(port)) return port;
  }
}

/** Sends a text to a port and resolves to all that is answered until `isComplete`; undefined when nobody answers. */
export function ask(port, text, isComplete, patienceMs = 1_000, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    let answer = '';
    const end = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(patienceMs, () => end(undefined));
    socket.on('connect', () => socket.write(text));
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(isComplete(answer) ? answer : undefined));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (isComplete(answer)) end(answer);
    });
  });
}

/** What must not outlive this process. */
const running = new Set();
const ownFolders = new Set();
let guard;

function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** A folder of its own in the system's place for temporary ones; removed by `dropFolder`, or when this process ends. */
export function makeFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), name));
  ownFolders.add(folder);
  tellGuard(`folder ${folder}`);
  return folder;
}

export function dropFolder(folder) {
  removeFolder(folder);
  ownFolders.delete(folder);
}

function endAll() {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of ownFolders) removeFolder(folder);
  guard.kill('SIGKILL');
}

/** Reads `+PID`, `-PID` and `folder PATH`; when its input closes, this process is dead and it ends what is left. */
const guardScript = `
pids=' '
while IFS= read -r line; do
  case $line in
    +*) pids="$pids\${line#+} " ;;
    -*) pids="\${pids%% \${line#-} *} \${pids#* \${line#-} }" ;;
    'folder '*) set -- "$@" "\${line#folder }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
[ $# -eq 0 ] || rm -rf -- "$@"
`;

/** It leads a session of its own, so that Ctrl-C does not end it before its work. */
function startGuard() {
  guard = spawn('/bin/sh', ['-c', guardScript], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.stdin.unref?.();
  guard.unref();
  process.once('exit', endAll);
}

function tellGuard(line) {
  if (!guard) startGuard();
  guard.stdin.write(`${line}\n`);
}

/**
 * Starts a program under invariants 1 to 3.
 * @returns its pid, `exited` (resolves when it is gone), `output()` (the end of what it printed), `signal(name)` and
 *   `end(graceMs)`: SIGTERM, then SIGKILL when it takes longer.
 */
export function startProcess(file, args, { env = process.env, cwd, onOutput } = {}) {
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.unref?.();
    stream.on('data', (data) => {
      output = (output + data).slice(-keptOutputChars);
      onOutput?.(data);
    });
  }
  running.add(child);
  if (child.pid !== undefined) tellGuard(`+${child.pid}`);
  let isGone = false;
  const exited = new Promise((resolve) => {
    const gone = () => {
      isGone = true;
      if (child.pid !== undefined) tellGuard(`-${child.pid}`);
      running.delete(child);
      resolve();
    };
    child.once('exit', gone);
    child.once('error', (error) => {
      output += error.message;
      gone();
    });
  });
  child.unref();

  const signal = (name) => !isGone && child.kill(name);
  /** Awaited by somebody: for that long it does hold the event loop, or Node would end in the middle of the wait. */
  const waitForExit = async () => {
    child.ref();
    await exited;
  };
  const end = async (graceMs) => {
    if (isGone) return;
    signal('SIGCONT');
    signal('SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), graceMs);
    await waitForExit();
    clearTimeout(timer);
  };
  const kill = async () => {
    if (isGone) return;
    signal('SIGKILL');
    await waitForExit();
  };
  return { pid: child.pid, exited, isGone: () => isGone, output: () => output, signal, end, kill };
}

/** Asks again and again until the answer is true, the process is gone, or the time is over. */
export async function becomesReady(started, isReady, patienceMs, everyMs) {
  const deadline = performance.now() + patienceMs;
  while (!started.isGone() && performance.now() < deadline) {
    if (await isReady()) return true;
    await sleep(everyMs);
  }
  return false;
}
