/** Where a new mapping starts to read: the rules for streams and topics. */
import type { SourceKind } from '@millrace/semantics';
import { invalidParameter, type Refusal } from '../../errors.ts';
import { isQueueKind } from '../applicability.ts';
import type { MappingRequest } from '../request.ts';
import { brokenConstraint, timestampSeconds } from '../shape.ts';

/** Rule `parameters.starting-position-unsupported`. */
export function startingPositionUnsupported(kind: SourceKind, request: MappingRequest): Refusal | undefined {
  if (kind !== 'dynamodb' || request.StartingPosition !== 'AT_TIMESTAMP') return undefined;
  const message = `Unsupported starting position for arn type: ${request.EventSourceArn}`;
  return invalidParameter('parameters.starting-position-unsupported', message);
}

/** Rule `parameters.starting-position-required`. Lambda's own answer, which ends in a full stop (A05). */
export function startingPositionMissing(kind: SourceKind, request: MappingRequest): Refusal | undefined {
  if (isQueueKind(kind) || request.StartingPosition !== undefined) return undefined;
  const constraint = brokenConstraint(null, 'startingPosition', 'not be null.');
  return invalidParameter('parameters.starting-position-required', `1 validation error detected: ${constraint}`);
}

/** Rule `parameters.starting-timestamp`. */
export function startingTimestampProblem(request: MappingRequest, nowMs: number): Refusal | undefined {
  const seconds = timestampSeconds(request.StartingPositionTimestamp);
  const atTimestamp = request.StartingPosition === 'AT_TIMESTAMP';
  if (atTimestamp && seconds === undefined) {
    return timestampRefused('StartingPositionTimestamp is required when StartingPosition is AT_TIMESTAMP.');
  }
  if (!atTimestamp && seconds !== undefined) {
    return timestampRefused('StartingPositionTimestamp is only allowed when StartingPosition is AT_TIMESTAMP.');
  }
  const future = seconds !== undefined && seconds * 1000 > nowMs;
  return future ? timestampRefused('StartingPositionTimestamp must not be in the future.') : undefined;
}

function timestampRefused(message: string): Refusal {
  return invalidParameter('parameters.starting-timestamp', message);
}
