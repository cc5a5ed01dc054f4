/** What a mapping is driven with: its configuration, and the parts of this process that it uses. */
import type { MappingPolicy, MappingSettings, Outcome, PollerChoices } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Checkpoints } from '../ports/checkpoints.ts';
import type { Journal } from '../ports/journal.ts';
import type { Outbox } from '../ports/outbox.ts';
import type { MappingSource } from '../ports/source.ts';
import type { FunctionGate } from './functionGate.ts';
import type { Tracer } from './trace.ts';

export interface MappingOptions {
  readonly name: string;
  readonly uuid: string;
  readonly settings: MappingSettings;
  readonly policy: MappingPolicy;
  readonly choices: PollerChoices;
  readonly source: MappingSource;
  readonly gate: FunctionGate;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly journal?: Journal | undefined;
  /** What the function wrote during an invocation, as text of one or more lines. */
  readonly onLogs?: ((logs: string) => void) | undefined;
  /** What each attempt of this process came to. */
  readonly onOutcome?: ((outcome: Outcome) => void) | undefined;
  /** Where progress is kept, and failure records go; queues need neither. */
  readonly checkpoints?: Checkpoints | undefined;
  readonly outbox?: Outbox | undefined;
}
