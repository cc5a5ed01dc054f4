import type { World } from '../engine/world.ts';
import type { ResultContext } from '../result/builder.ts';
import type { Observer, Recorder, TraceEvent } from '../trace/event.ts';

export class CheckerSuite implements Observer {
  constructor(_context: ResultContext) {}
  attach(_world: World, _recorder: Recorder): void {}
  observe(_event: TraceEvent): void {}
  finish(): void {}
}
