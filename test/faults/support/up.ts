/** One `millrace up` as a child process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess } from '../../../infra/components/process.mjs';

export type Role = 'all' | 'poller' | 'worker';

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/millrace.js', import.meta.url));
/** How long a process lets what runs finish. */
export const GRACE_MS = 3000;
const READY_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 15_000;

export class Up {
  readonly role: Role;
  readonly ready: Promise<void>;
  readonly #process: StartedProcess;
  #said = '';
  #expected = false;

  constructor(role: Role, args: readonly string[], folder: string, redisUrl: string, more: NodeJS.ProcessEnv = {}) {
    this.role = role;
    let isReady: () => void = () => {};
    const said = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, REDIS_URL: redisUrl, ...more };
    const metrics = args.includes('--http-port') ? [] : ['--no-metrics'];
    const rest = ['--no-gateway', ...metrics, '--data', folder, '--grace', `${GRACE_MS}ms`];
    this.#process = startProcess(process.execPath, [BIN, 'up', ...args, ...rest], {
      env,
      cwd: folder,
      onOutput: (data) => {
        this.#said += data.toString();
        if (this.#said.includes('ready: ')) isReady();
      },
    });
    const failed = this.#process.exited.then(() => {
      if (!this.#expected) throw new Error(`it ended: ${this.about()}`);
    });
    const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error(`not ready in time: ${this.about()}`);
    });
    this.ready = Promise.race([said, failed, late]);
    this.ready.catch(() => {});
    failed.catch(() => {});
    late.catch(() => {});
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isGone(): boolean {
    return this.#process.isGone();
  }

  /** All that it has printed. */
  get said(): string {
    return this.#said;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name);
  }

  async kill(): Promise<void> {
    this.#expected = true;
    await this.#process.kill();
  }

  /** SIGTERM; @throws when it does not end within its time, or says that something was wrong */
  async stop(withinMs = STOPS_WITHIN_MS): Promise<void> {
    this.#expected = true;
    this.#process.signal('SIGTERM');
    const late = sleep(withinMs, 'late', { ref: false });
    if ((await Promise.race([this.#process.exited, late])) !== 'late') return;
    const said = this.about();
    await this.#process.kill();
    throw new Error(`SIGTERM did not end it within ${withinMs} ms: ${said}`);
  }

  /** What must never happen to a process, whatever is done to the others. */
  troubles(): string[] {
    const troubles: string[] = [];
    if (this.isGone && !this.#expected) troubles.push(`it ended by itself: ${this.about()}`);
    for (const line of this.#said.split('\n')) {
      if (/nobody (awaits|catches)|MaxListeners|Warning:|^ {4}at /.test(line)) troubles.push(`${this.role}: ${line}`);
    }
    return troubles;
  }

  about(): string {
    const { pid, role } = this;
    return `${role} ${pid}${this.isGone ? ' (gone)' : ''}: ${this.#said.split('\n').slice(-12).join('\n  ')}`;
  }
}
