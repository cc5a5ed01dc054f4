/** What errors of the AWS SDK mean to a recording. */
import { UsageError } from '../errors.ts';
import { isThrottling, lacksSettings, type SdkError, sdkProblem } from './sdkErrors.ts';

/** What is thrown when a recording cannot begin. */
export function unrecorded(what: string, cause: unknown): UsageError {
  if (cause instanceof UsageError) return cause;
  return new UsageError(`${what} cannot be recorded: ${sdkProblem(cause)}.`, { cause });
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return names.includes((error as SdkError).name ?? '');
}

/** It may work another time: the connection was lost, or the server has trouble of its own. */
export function isPassing(error: unknown): boolean {
  const status = (error as SdkError).$metadata?.httpStatusCode;
  if (status === undefined) return !lacksSettings(error);
  return status >= 500 || isThrottling(error);
}
