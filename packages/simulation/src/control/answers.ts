/** Answers of the control plane. */
import { errorBody, type Refusal } from '@millrace/aws-shapes';
import type { RuleId } from '@millrace/semantics';
import type { ControlAnswer, ControlEffect } from './state.ts';

/** An operation's answer before the effects of due transitions are put in front of its own. */
export function answered(
  status: number,
  body: unknown,
  rule?: RuleId,
  effects: readonly ControlEffect[] = [],
): ControlAnswer {
  return { status, body, ...(rule !== undefined && { rule }), effects };
}

/** A refused call changes nothing. */
export function refused(refusal: Refusal): ControlAnswer {
  const { status, code, message, rule, detail } = refusal;
  const error = { code, message };
  return { status, body: errorBody(refusal), error, rule, ...(detail !== undefined && { detail }), effects: [] };
}
