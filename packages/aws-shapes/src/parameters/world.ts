/**
 * What a mapping's validation must know of the world around it: plain look-ups, so that a simulator, a live gateway and
 * a test can each answer them in their own way. A look-up that answers undefined (or false) says: does not exist.
 */
import type { RuleId, SourceKind } from '@millrace/semantics';
import type { MappingConfiguration } from '../configuration/configuration.ts';
import type { FunctionReference } from './function-name.ts';

/** A function that exists (with the qualifier that was asked for, if any). */
export interface FunctionFacts {
  /** Unqualified. */
  readonly arn: string;
  readonly timeoutMs: number;
}

/** A queue that exists. */
export interface QueueFacts {
  readonly visibilityTimeoutMs: number;
}

/** Why a filter pattern is invalid: the rule and AWS's text. */
export interface FilterProblem {
  readonly rule: RuleId;
  readonly message: string;
  /** What to change, in our words. */
  readonly detail?: string;
}

/** The world without what a control plane knows itself. */
export interface SurroundingWorld {
  readonly region: string;
  readonly accountId: string;
  /** A function by any of its names; only asked about functions of this account and Region. */
  functionOf(reference: FunctionReference): FunctionFacts | undefined;
  queue(arn: string): QueueFacts | undefined;
  /** A Kinesis stream, a consumer of one, or a DynamoDB stream, by its whole ARN. */
  streamExists(arn: string): boolean;
  /** An MSK cluster, or a VPC connection to one. */
  clusterExists(arn: string): boolean;
  /** The first problem of a mapping's patterns. Each pattern is JSON text. */
  filterProblem(patterns: readonly string[], kind: SourceKind): FilterProblem | undefined;
}

/** Everything that `parseMappingRequest` looks at besides the request. */
export interface MappingWorld extends SurroundingWorld {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** All mappings of the account in this Region, for duplicates, consumer groups and poller groups. */
  readonly mappings: readonly MappingConfiguration[];
}
