/** Listens to the live trace of all processes, as `millrace tail` does, for what explains that records come again. */
import { connectRedis } from '@millrace/redis';
import type { TraceLine } from '@millrace/semantics';
import { type TraceMessage, traceChannelName } from '../../../packages/cli/src/live/traceChannel.ts';
import { machineNow } from './evidence.ts';
import type { Reason } from './shardEvidence.ts';

const AGAIN_RULE = 'checkpoint.saved-cut-is-ordered-again';

export class Reasons {
  readonly #redis: ReturnType<typeof connectRedis>;
  /** What every line of the trace was, in short. */
  readonly lines: TraceLine[] = [];
  /** Between the clock of the trace and the machine's. */
  readonly #offsetMs = machineNow() - Date.now();

  constructor(url: string) {
    this.#redis = connectRedis(url);
    this.#redis.on('error', () => {});
    this.#redis.on('message', (_channel: string, text: string) => {
      this.lines.push(...((JSON.parse(text) as TraceMessage).lines ?? []));
    });
  }

  async listen(): Promise<void> {
    await this.#redis.subscribe(traceChannelName('millrace'));
  }

  all(): Reason[] {
    return this.lines.flatMap(({ what, at, mapping = '', poller = '', rule, data }) => {
      const isOpened = what === 'opened' && rule === AGAIN_RULE;
      const isLost = what === 'settled' && data?.outcome === 'lost';
      if (!isOpened && !isLost) return [];
      const atMs = at + this.#offsetMs;
      return [
        { atMs, stream: mapping, shard: shardOf(poller), why: isOpened ? ('opened' as const) : ('lost' as const) },
      ];
    });
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** A poller is called by its shard and by when its stream was made. */
export function shardOf(poller: string): string {
  return poller.split('@', 1)[0] ?? poller;
}

/** A shard's durable checkpoint, as it was seen at some time. */
export interface SeenCheckpoint {
  readonly shard: string;
  readonly index: number;
}

/** Checkpoints, in the order in which they were seen, that stand behind one before: saves of whoever was not the owner. */
export function checkpointsGoBack(seen: readonly SeenCheckpoint[]): string[] {
  const furthest = new Map<string, number>();
  return seen.flatMap(({ shard, index }) => {
    const before = furthest.get(shard) ?? index;
    furthest.set(shard, Math.max(before, index));
    return index < before ? [`the checkpoint of ${shard} went back from ${before} to ${index}`] : [];
  });
}
