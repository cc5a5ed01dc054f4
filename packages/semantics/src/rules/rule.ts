import type { SourceKind } from '../vocabulary.ts';

/** How well a rule is known: seen on real AWS, written in AWS's documentation, or chosen here where AWS is silent. */
export type Grade = 'observed' | 'documented' | 'chosen';

/** What a rule was applied to, for its sentence: small plain data, made only when somebody reads it. */
export type RuleData = Readonly<Record<string, unknown>>;

/** One rule of the catalogue. Code, trace and documentation share it by its id. */
export interface Rule {
  /** One sentence that is true whenever the rule is applied. */
  readonly statement: string;
  readonly grade: Grade;
  /** Where it is known from: an AWS page, an AWS-validated case, or the choice and its reason. */
  readonly evidence: string;
  /** The sources it applies to; all six when absent. */
  readonly sources?: readonly SourceKind[];
  /** Why it was applied in this case: one sentence from the data of the trace line. Without it, the statement. */
  readonly why?: (data: RuleData) => string | undefined;
}

/** A table of rules by id. Each area of the core has one. */
export type RuleTable = Readonly<Record<string, Rule>>;
