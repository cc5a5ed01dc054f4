/** Which rules shaped a failure record, for the line of the trace that says what was delivered. */
import type { RuleId } from '@millrace/semantics';
import { answeredWithoutError, type FailureFacts } from './failure-record.ts';

/** Where a failure record goes. */
export type DestinationKind = 'sqs' | 'sns' | 's3' | 'kafka';

/** The rules of a failure record, the most telling first; never empty. */
export function failureRules(
  facts: Pick<FailureFacts, 'condition' | 'lastOutcome'>,
  destination: DestinationKind,
): readonly RuleId[] {
  const context = contextRule(facts);
  if (destination === 'kafka') return ['failure-record.topic-message-per-record', context];
  return destination === 's3' ? ['failure-record.object-holds-event', context] : [context];
}

function contextRule({ condition, lastOutcome }: Pick<FailureFacts, 'condition' | 'lastOutcome'>): RuleId {
  switch (condition) {
    case 'RecordAgeExceeded':
      return 'failure-record.no-response-context-on-age';
    case 'MaximumPayloadSizeExceeded':
      return 'failure-record.null-response-context-on-oversized';
    case 'RetryAttemptsExhausted':
      return answeredWithoutError(lastOutcome)
        ? 'failure-record.no-function-error-after-report'
        : 'failure-record.unhandled-after-function-error';
  }
}
