/**
 * An execution environment that is a process group with a Runtime API of its own.
 *
 * 1. It is free when its runtime asks for the next event; an invocation ends only then, or with the process.
 * 2. What ends it has one reason, the first: a timeout, its memory, being stopped, an exit of its own. The whole group is
 *    killed with it.
 * 3. A function that answered has answered, even if its process ends or hangs afterwards.
 */

import { constants } from 'node:os';
import type { FunctionAnswer } from '@millrace/aws-shapes';
import { type Clock, type FunctionDefinition, newId } from '@millrace/runtime';
import { type Answer, LOST } from '../answers.ts';
import { atDeadline } from '../deadline.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { Environment, Task } from '../pool.ts';
import { functionVariables, logPlace, searchPath } from '../variables.ts';
import { watchMemory } from './memory-watch.ts';
import { RuntimeApi } from './runtime-api.ts';
import { type Exit, findProgram, Sandbox } from './sandbox.ts';

/** How a runtime is started. */
export interface RuntimeCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** What `_HANDLER` says. */
  readonly handler: string;
  readonly cwd: string;
}

export class ProcessEnvironment implements Environment {
  readonly #definition: FunctionDefinition;
  readonly #runtime: RuntimeCommand;
  readonly #initTimeoutMs: number;
  readonly #clock: Clock;
  readonly #api: RuntimeApi;
  readonly #gone = deferred<void>();
  #sandbox: Sandbox | undefined;
  #phase: Deferred<void> | undefined;
  #answer: Answer | undefined;
  #reason: Answer | undefined;
  #lastLogs: string | undefined;

  constructor(definition: FunctionDefinition, runtime: RuntimeCommand, initTimeoutMs: number, clock: Clock) {
    this.#definition = definition;
    this.#runtime = runtime;
    this.#initTimeoutMs = initTimeoutMs;
    this.#clock = clock;
    this.#api = new RuntimeApi(definition.arn, {
      asked: () => this.#phase?.resolve(),
      answered: (answer) => {
        this.#answer = answer;
      },
      failedToStart: (answer) => this.#end(answer),
    });
  }

  get alive(): boolean {
    return !this.#reason;
  }

  async start(): Promise<Answer | undefined> {
    const address = await this.#api.listen().catch((error: Error) => error);
    if (address instanceof Error) {
      this.#end({ kind: 'unreachable', reason: `The Runtime API could not be served: ${address.message}.` });
    }
    if (this.#reason) return this.#reason;
    this.#sandbox = new Sandbox(this.#sandboxOptions(String(address)), (exit) => void this.#exited(exit));
    await this.#untilAsked(this.#clock.now() + this.#initTimeoutMs);
    return this.#reason;
  }

  async run(task: Task): Promise<Answer> {
    if (this.#reason) return this.#reason;
    this.#answer = undefined;
    const asked = this.#untilAsked(task.deadlineMs);
    this.#api.give(task);
    await asked;
    if (!this.#reason) await outputSettles();
    return this.#answer ?? this.#reason ?? LOST;
  }

  async stop(): Promise<void> {
    this.#end(LOST);
    await this.#gone.promise;
  }

  takeLogs(): string | undefined {
    const logs = this.#sandbox?.takeLogs() ?? this.#lastLogs;
    this.#lastLogs = undefined;
    return logs;
  }

  /** Resolves when the runtime asks for an event or has ended. */
  async #untilAsked(deadlineMs: number): Promise<void> {
    const { timeoutMs, memoryMb } = this.#definition;
    const phase = deferred<void>();
    this.#phase = phase;
    const timer = atDeadline(this.#clock, deadlineMs, () => this.#end({ kind: 'timed-out', timeoutMs }));
    const pid = this.#sandbox?.pid;
    const unwatch = pid && watchMemory(pid, memoryMb, () => this.#end({ kind: 'out-of-memory' }));
    await Promise.race([phase.promise, this.#gone.promise]);
    timer.cancel();
    if (unwatch) unwatch();
    this.#phase = undefined;
  }

  #sandboxOptions(address: string) {
    const { command, cwd, handler } = this.#runtime;
    const [program = '', ...parameters] = command;
    const found = findProgram(program, cwd);
    const logs = logPlace(this.#definition, newId(), this.#clock.now());
    const variables = functionVariables(this.#definition, logs, handler, cwd);
    const env = { PATH: searchPath(found), ...variables, AWS_LAMBDA_RUNTIME_API: address };
    return { command: [found, ...parameters], cwd, env };
  }

  #end(reason: Answer): void {
    if (this.#reason) return;
    this.#reason = reason;
    if (this.#sandbox) this.#sandbox.kill();
    else this.#letGo();
  }

  async #exited(exit: Exit): Promise<void> {
    // What it wrote at last is still in its pipes.
    await outputSettles();
    this.#lastLogs = this.#sandbox?.takeLogs();
    this.#reason ??= reasonOf(exit, this.#lastLogs ?? '');
    this.#letGo();
  }

  #letGo(): void {
    this.#sandbox?.letGo();
    this.#sandbox = undefined;
    this.#api.close();
    this.#gone.resolve();
  }
}

/**
 * A killed process, where nobody here killed it, was killed for its memory. V8 aborts when its own heap limit is
 * reached, and says so.
 */
function reasonOf({ exitCode, signal }: Exit, logs: string): FunctionAnswer {
  if (signal === undefined) return { kind: 'exited', exitCode };
  const outOfHeap = signal === 'SIGABRT' && logs.includes('heap out of memory');
  if (signal === 'SIGKILL' || outOfHeap) return { kind: 'out-of-memory' };
  return { kind: 'exited', exitCode: 128 + (constants.signals[signal] ?? 0) };
}

/** What a process wrote before it sent its answer is read within one turn of the loop after the answer. */
async function outputSettles(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
