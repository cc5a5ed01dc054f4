/** What the poller suite needs of a kind of queue, and a mapping over it with a function that the test itself answers. */
import type { MappingSettings, SentMessage, TraceLine } from '@millrace/semantics';
import type { MappingDriver } from '../drive/mappingDriver.ts';
import type { JournalEntry } from '../ports/journal.ts';
import type { MappingSource } from '../ports/source.ts';
import { type Answering, PLAIN_SETTINGS, startAnswered } from './answeredMapping.ts';

export interface QueueShape {
  readonly fifo: boolean;
  readonly visibilityTimeoutMs: number;
  readonly maxReceiveCount?: number;
}

export interface QueueUnderTest {
  readonly arn: string;
  source(batchWindowMs: number): Promise<MappingSource>;
  /** Sends in order. */
  send(messages: readonly SentMessage[]): Promise<void>;
  /** Messages that are left: waiting, in flight or delayed. */
  left(): Promise<number>;
  /** Bodies in its dead-letter queue. */
  deadLetters(): Promise<readonly string[]>;
}

/** One kind of queue: the substrate, the gateway, ElasticMQ … */
export interface PollerSubject {
  queue(shape: QueueShape): Promise<QueueUnderTest>;
}

/** A message as a function sees it. */
export interface SeenMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
}

export interface Seen {
  readonly batches: (readonly SeenMessage[])[];
  /** Invocations at once, at most. */
  readonly mostAtOnce: number;
  readonly lines: readonly TraceLine[];
  readonly journal: readonly JournalEntry[];
}

export interface RunningMapping {
  readonly seen: Seen;
  readonly driver: MappingDriver;
  stop(): Promise<void>;
}

/** Starts a mapping over a queue. */
export async function runMapping(
  queue: QueueUnderTest,
  shape: QueueShape,
  changes: Partial<MappingSettings>,
  answer: Answering<SeenMessage>,
): Promise<RunningMapping> {
  const kind = shape.fifo ? 'sqs-fifo' : 'sqs';
  const settings: MappingSettings = { ...PLAIN_SETTINGS, kind, eventSourceArn: queue.arn, ...changes };
  const source = await queue.source(settings.batchWindowMs);
  const batchOf = (event: unknown) => (event as { Records: readonly SeenMessage[] }).Records;
  const { driver, invoker, lines, journal } = startAnswered({ settings, source, batchOf, answer });
  const { batches } = invoker;
  const seen = {
    batches,
    lines,
    journal,
    get mostAtOnce() {
      return invoker.mostAtOnce;
    },
  };
  return { seen, driver, stop: () => driver.stop() };
}
