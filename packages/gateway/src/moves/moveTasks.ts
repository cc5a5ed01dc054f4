/**
 * Message move tasks: a dead-letter queue is emptied, at a rate, into one queue or back to where its messages came from.
 *
 * 1. One task at a time runs per source queue. The latest ten of a queue are remembered, by this process only.
 * 2. A task ends when nothing waits in its source any more; what is in flight there stays there.
 * 3. What stops a task is in its `failureReason`, in SQS's words; what was not moved is still in the source.
 */
import { type Clock, NoSuchQueue, newId, type Queues } from '@millrace/runtime';

export interface MoveOrder {
  readonly sourceArn: string;
  readonly sourceName: string;
  readonly destinationArn?: string | undefined;
  readonly destinationName?: string | undefined;
  /** Messages per second; as fast as it goes when absent. */
  readonly perSecond?: number | undefined;
}

export interface MoveTask extends MoveOrder {
  readonly id: string;
  readonly startedAtMs: number;
  readonly toMove: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  moved: number;
  failureReason?: string;
}

const REMEMBERED_PER_QUEUE = 10;
const CHUNK = 100;
/** A rate is kept by moving a tenth of it ten times a second. */
const CHUNKS_PER_SECOND = 10;

interface Running {
  readonly task: MoveTask;
  readonly stop: AbortController;
}

export class MoveTasks {
  readonly #queues: Queues;
  readonly #clock: Clock;
  readonly #bySource = new Map<string, MoveTask[]>();
  readonly #running = new Map<string, Running>();

  constructor(queues: Queues, clock: Clock) {
    this.#queues = queues;
    this.#clock = clock;
  }

  isRunning(sourceArn: string): boolean {
    return this.#running.has(sourceArn);
  }

  /** Starts a task; undefined when one of its source runs already. */
  async start(order: MoveOrder): Promise<MoveTask | undefined> {
    const stop = new AbortController();
    const { visible } = await this.#queues.open(order.sourceName).counts();
    if (this.isRunning(order.sourceArn)) return undefined;
    const task: MoveTask = {
      ...order,
      id: newId(),
      startedAtMs: this.#clock.now(),
      toMove: visible,
      status: 'RUNNING',
      moved: 0,
    };
    this.#running.set(order.sourceArn, { task, stop });
    this.#bySource.set(order.sourceArn, [task, ...this.of(order.sourceArn)].slice(0, REMEMBERED_PER_QUEUE));
    void this.#run(task, stop.signal);
    return task;
  }

  /** The latest first. */
  of(sourceArn: string): readonly MoveTask[] {
    return this.#bySource.get(sourceArn) ?? [];
  }

  cancel(task: MoveTask): void {
    if (task.status === 'RUNNING') task.status = 'CANCELLED';
    const running = this.#running.get(task.sourceArn);
    if (running?.task === task) running.stop.abort();
  }

  close(): void {
    for (const { task } of this.#running.values()) this.cancel(task);
  }

  async #run(task: MoveTask, stopped: AbortSignal): Promise<void> {
    try {
      await this.#moveAll(task, stopped);
      if (task.status === 'RUNNING') await this.#conclude(task);
    } catch (error) {
      task.status = 'FAILED';
      task.failureReason = error instanceof NoSuchQueue ? 'AWS.SimpleQueueService.NonExistentQueue' : 'InternalError';
    } finally {
      this.#running.delete(task.sourceArn);
    }
  }

  async #moveAll(task: MoveTask, stopped: AbortSignal): Promise<void> {
    const source = this.#queues.open(task.sourceName);
    const chunk = task.perSecond === undefined ? CHUNK : Math.ceil(task.perSecond / CHUNKS_PER_SECOND);
    const pauseMs = task.perSecond === undefined ? 0 : (chunk * 1000) / task.perSecond;
    let dueMs = this.#clock.now();
    for (;;) {
      dueMs += pauseMs;
      // Without a rate, too, other requests get their turn between two chunks.
      await this.#clock.until(dueMs, stopped);
      if (stopped.aborted) return;
      const moved = await source.moveTo(task.destinationName, chunk);
      task.moved += moved;
      if (moved < chunk) return;
    }
  }

  /** Nothing more could be moved: because nothing is left, or because the next message has nowhere to go. */
  async #conclude(task: MoveTask): Promise<void> {
    const [next] = task.destinationName === undefined ? await this.#queues.open(task.sourceName).peek(1) : [];
    if (!next) {
      task.status = 'COMPLETED';
      return;
    }
    task.status = 'FAILED';
    const hasSource = next.deadLetterSourceArn !== null;
    task.failureReason = hasSource ? 'AWS.SimpleQueueService.NonExistentQueue' : 'CouldNotDetermineMessageSource';
  }
}
