/**
 * How the control plane says no: the exception's name, HTTP status, and the body in the casing that AWS uses for it.
 */
import type { RuleId } from '@millrace/semantics';

/** The exceptions of the control plane. */
export type ErrorCode =
  | 'InvalidParameterValueException'
  | 'ResourceConflictException'
  | 'ResourceNotFoundException'
  | 'ResourceInUseException'
  | 'ValidationException'
  | 'SerializationException'
  | 'UnknownOperationException';

/** A refused call: which rule refused it, and what AWS answers. `message` is the exact text of the answer. */
export interface Refusal {
  readonly rule: RuleId;
  /** HTTP status. */
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** Who is to blame. Answers of the framework in front of Lambda (ValidationException) have none. */
  readonly type?: 'User' | 'Service';
  /** A sentence of ours that says what to change, where AWS's text does not. Never part of the answer. */
  readonly detail?: string;
}

/** 400 InvalidParameterValueException: what Lambda itself finds wrong in a request. */
export function invalidParameter(rule: RuleId, message: string): Refusal {
  return { rule, status: 400, code: 'InvalidParameterValueException', message, type: 'User' };
}

/** 409 ResourceConflictException. */
export function conflict(rule: RuleId, message: string): Refusal {
  return { rule, status: 409, code: 'ResourceConflictException', message, type: 'User' };
}

/** 404 ResourceNotFoundException. */
export function notFound(rule: RuleId, message: string): Refusal {
  return { rule, status: 404, code: 'ResourceNotFoundException', message, type: 'User' };
}

/** 400 ResourceInUseException: the mapping is in the middle of a transition. */
export function inUse(rule: RuleId, operation: 'update' | 'delete'): Refusal {
  const message = `Cannot ${operation} the event source mapping because it is in use.`;
  return { rule, status: 400, code: 'ResourceInUseException', message, type: 'User' };
}

/** 400 ValidationException: a value that its shape does not allow. Without a type. */
export function validation(rule: RuleId, message: string): Refusal {
  return { rule, status: 400, code: 'ValidationException', message };
}

const upperCaseMessage: ReadonlySet<ErrorCode> = new Set(['ResourceNotFoundException', 'ResourceInUseException']);

/** The body of the answer. Not found and in use say `Message`, all others `message` (A01, Lambda API shapes). */
export function errorBody(refusal: Refusal): Record<string, string> {
  const name = upperCaseMessage.has(refusal.code) ? 'Message' : 'message';
  return { ...(refusal.type && { Type: refusal.type }), [name]: refusal.message };
}
