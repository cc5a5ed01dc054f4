/** What a control plane keeps, what it answers, and what its calls do to the world. All of it is plain data. */
import type { MappingConfiguration } from '@millrace/aws-shapes';
import type { Lifecycle, LifecycleState, MappingSettings, Millis, RuleId } from '@millrace/semantics';

/** One mapping as the control plane keeps it. */
export interface ControlledMapping {
  /** Counted from 1 in order of creation; lists are in this order. */
  readonly ordinal: number;
  readonly lifecycle: Lifecycle;
  /** What callers see: new values stand in it as soon as they are accepted. */
  readonly configuration: MappingConfiguration;
  /** What is in force: new values come into it when the transition is over. */
  readonly settings: MappingSettings;
  readonly tags: Readonly<Record<string, string>>;
}

/** A control plane's whole memory. Owned by the control plane, which changes it in place. */
export interface ControlState {
  lastOrdinal: number;
  /** By UUID, in order of creation. */
  readonly mappings: Record<string, ControlledMapping>;
}

/**
 * What changed, and when (milliseconds since the epoch). `state` says every change of state, for the trace; the others
 * say what a simulator must do: `created` (a mapping exists, nothing polls yet), `started` (poll with these settings),
 * `configured` (these settings are in force now, the mapping polls or is disabled as before), `stopped` (start nothing
 * new, let what runs finish), `deleted` (gone).
 */
export type ControlEffect = { readonly uuid: string; readonly atMs: Millis } & (
  | { readonly kind: 'state'; readonly state: LifecycleState; readonly reason: string; readonly rule: RuleId }
  | { readonly kind: 'created' | 'started' | 'configured'; readonly settings: MappingSettings }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'deleted'; readonly rule: RuleId }
);

/** The answer to one call. */
export interface ControlAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The body as AWS writes it: a configuration, a list, an error; null where AWS sends none. */
  readonly body: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  /** The rule that refused the call, or that moved the mapping to its new state. */
  readonly rule?: RuleId;
  /** What to change, in our words, where AWS's message does not say it. */
  readonly detail?: string;
  /** Transitions that were due by the time of the call come first. */
  readonly effects: readonly ControlEffect[];
}
