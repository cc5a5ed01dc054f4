/** Reading a queue: polling slots, nothing to remember. */
import { type SqsEventContext, sqsEventContext } from '@millrace/aws-shapes';
import type { MappingFact } from '@millrace/semantics';
import type { Deliver } from '../sources/cursor.ts';
import type { QueueRun } from '../sources/queue.ts';
import { SlotCursor } from '../sources/slotCursor.ts';
import type { World } from '../world.ts';
import type { MappingRun } from './mappingRun.ts';
import type { Opening, Reader } from './reader.ts';

/** Whose messages they are, where a scenario does not say. */
const SENDER_ID = 'AIDAMILLRACE000000000';

export class QueueReader implements Reader {
  readonly retentionMs: number;
  readonly visibilityTimeoutMs: number;
  readonly fanOut = false;
  readonly #world: World;
  readonly #mapping: MappingRun;
  readonly #queue: QueueRun;

  constructor(world: World, mapping: MappingRun, queue: QueueRun) {
    this.#world = world;
    this.#mapping = mapping;
    this.#queue = queue;
    this.retentionMs = queue.plan.retentionMs;
    this.visibilityTimeoutMs = queue.plan.visibilityTimeoutMs;
  }

  get eventSourceArn(): string {
    return this.#queue.plan.arn;
  }

  get envelopeBytes(): number {
    return this.#context().envelopeBytes;
  }

  #context(): SqsEventContext {
    return sqsEventContext({
      region: this.#world.plan.region,
      eventSourceArn: this.eventSourceArn,
      batchWindowMs: this.#mapping.settings.batchWindowMs,
      senderId: SENDER_ID,
    });
  }

  open(poller: string, _from: 'start' | 'horizon', deliver: Deliver): Opening {
    const slot = Number(poller.slice('slot-'.length));
    const onWait = () => this.#mapping.tell({ what: 'slotIdle', poller });
    const cursor = new SlotCursor(slot, this.#queue, this.#context(), deliver, onWait);
    return { cursor, fact: { what: 'opened' }, save: () => true };
  }

  enabledFact(): MappingFact {
    return { what: 'enabled' };
  }

  look(): void {}
}
