/**
 * The trace: one line for every fact and every order of a run, as JSON. Everything that is said about a run, its
 * result included, is computed from these lines alone.
 */

/** The first line of a trace file. */
export interface TraceHeader {
  readonly 'millrace-trace': 1;
  readonly scenario: string;
  readonly seed: number;
  readonly startMs: number;
  readonly plural: boolean;
  readonly sources: readonly { readonly name: string; readonly type: string; readonly arn: string }[];
  readonly mappings: readonly { readonly name: string; readonly source: string; readonly function: string }[];
  readonly functions: readonly { readonly name: string; readonly timeoutMs: number }[];
}

/** A mapping as the line says that created it. In order, these are the mappings of the run. */
export interface CreatedMapping {
  readonly name: string;
  readonly source: string;
  readonly function: string;
}

/**
 * What a line is about. Orders are imperatives, facts past tense; the rest is said by the world.
 *
 * | what | about | data |
 * |---|---|---|
 * | started | the run | `virtualStart` (ISO) |
 * | arrived | records put into a source in one call | `source`, `duplicate?: true` (deduplicated by a FIFO queue) |
 * | event | an event or fault of the file happened | the event's fields |
 * | called | a control-plane call was answered | `api`, `status`, `body`, `error?`, `created?` (list of CreatedMapping) |
 * | refused | the file's own mapping was refused | `code`, `message` |
 * | state | a mapping changed its state | `state`, `reason` |
 * | opened, closed | a poller | `from`, `why` |
 * | fetched | a poller received records | `count`, `bytes` |
 * | filtered | records that no filter matched | `count` |
 * | matched | records that a filter kept for a reason worth knowing | |
 * | skipped | records before the starting position | |
 * | invoke | an attempt was ordered | `batch`, `attempt`, `ordinal`, `closedBy`, `bytes`, `window?`, `event?` (with --events) |
 * | started-function | it runs in an environment | `invocation`, `cold`, `durationMs`, `event?` |
 * | settled | an attempt was answered | `invocation`, `outcome`, `startMs`, `endMs`, `cold`, `attempt`, `closedBy`, `error?`, `failed?` |
 * | retry, split, rest, wait | what the verdict keeps for later | `notBeforeMs`, `spent`, `budget`, `attempt`, `size` |
 * | discard, discarded | order and answer for a batch given up | `condition`, `approximateInvokeCount`, `destination`, `delivered`, `message`, `messages?`, `key?` |
 * | acknowledge, acknowledged | messages deleted from their queue | `failed?` |
 * | release | messages left to their visibility timeout | `visibleAtMs` |
 * | dead-lettered, expired, removed | a source took records away | `queue?`, `receiveCount?` |
 * | done | records are finished with | `fate` |
 * | checkpoint | saved | `lane`, `position` |
 * | scaled | the number of pollers or concurrent batches changed | `from`, `to` |
 * | violation | an invariant broke | `invariant`, `message` |
 * | finished | nothing can happen any more, or `until` was reached | `pending` (count) |
 */
export type TraceWhat =
  | 'started'
  | 'arrived'
  | 'event'
  | 'called'
  | 'refused'
  | 'state'
  | 'opened'
  | 'closed'
  | 'fetched'
  | 'filtered'
  | 'matched'
  | 'skipped'
  | 'invoke'
  | 'started-function'
  | 'settled'
  | 'retry'
  | 'split'
  | 'rest'
  | 'wait'
  | 'discard'
  | 'discarded'
  | 'acknowledge'
  | 'acknowledged'
  | 'release'
  | 'dead-lettered'
  | 'expired'
  | 'removed'
  | 'done'
  | 'checkpoint'
  | 'scaled'
  | 'violation'
  | 'finished';

/** Every further line. Absent fields do not apply. */
export interface TraceLine {
  readonly seq: number;
  /** Virtual milliseconds since the start (live: wall milliseconds since the epoch). */
  readonly at: number;
  readonly what: TraceWhat;
  readonly mapping?: string | undefined;
  readonly poller?: string | undefined;
  readonly lanes?: readonly string[] | undefined;
  readonly records?: readonly string[] | undefined;
  /** Id of the attempt that the line is about. */
  readonly attempt?: string | undefined;
  readonly rule?: string | undefined;
  readonly why?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}
