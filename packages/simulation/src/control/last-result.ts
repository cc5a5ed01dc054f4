/** What LastProcessingResult says after an invocation. */
import { processedOk, processedWithProblem } from '@millrace/aws-shapes';
import type { Outcome } from '@millrace/semantics';

export function lastResult({ kind }: Outcome): string {
  return kind === 'success' || kind === 'partial' ? processedOk : processedWithProblem;
}
