/** Checkpoints in memory, with the test standing before every call: it may let it wait, or fail. */
import {
  type Checkpoints,
  type MemoryCheckpointsOptions,
  memoryCheckpoints,
  type Progress,
  type Scope,
} from '@millrace/runtime';

export type Call = 'load' | 'begin' | 'save' | 'end' | 'ended' | 'drop';

export class HandCheckpoints implements Checkpoints {
  readonly #kept: Checkpoints;
  /** Called before each call; what it throws is what the call comes to. `name`: the scope's, or the mapping's id. */
  before: (call: Call, name: string) => unknown = () => undefined;

  constructor(options?: MemoryCheckpointsOptions) {
    this.#kept = memoryCheckpoints(options);
  }

  /** The next so many calls of this kind fail. */
  fail(kind: Call, times: number): this {
    let left = times;
    this.before = (call) => {
      if (call !== kind || left <= 0) return;
      left -= 1;
      throw new Error(`${call} failed`);
    };
    return this;
  }

  async load(scope: Scope): Promise<Progress> {
    await this.before('load', scope.name);
    return this.#kept.load(scope);
  }

  async begin(scope: Scope, starts: ReadonlyMap<string, string>): Promise<boolean> {
    await this.before('begin', scope.name);
    return this.#kept.begin(scope, starts);
  }

  async save(...[scope, factor, order]: Parameters<Checkpoints['save']>): Promise<boolean> {
    await this.before('save', scope.name);
    return this.#kept.save(scope, factor, order);
  }

  async end(scope: Scope): Promise<boolean> {
    await this.before('end', scope.name);
    return this.#kept.end(scope);
  }

  async ended(mapping: string): Promise<readonly string[]> {
    await this.before('ended', mapping);
    return this.#kept.ended(mapping);
  }

  async drop(scope: Scope): Promise<void> {
    await this.before('drop', scope.name);
    return this.#kept.drop(scope);
  }

  forget(mapping: string): Promise<void> {
    return this.#kept.forget(mapping);
  }
}
