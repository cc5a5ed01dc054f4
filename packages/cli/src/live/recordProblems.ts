/** What errors of the AWS SDK mean to a recording. */
import { UsageError } from '../errors.ts';

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The first line of its text is its sentence; others may quote the request. */
export function sdkProblem(error: unknown): string {
  const { name, message, code } = error as SdkError;
  const [said = ''] = (message ?? '').split('\n', 1);
  return [code ?? name, said.replace(/\.$/, '').slice(0, 300)].filter(Boolean).join(', ');
}

/** What is thrown when a recording cannot begin. */
export function unrecorded(what: string, cause: unknown): UsageError {
  if (cause instanceof UsageError) return cause;
  return new UsageError(`${what} cannot be recorded: ${sdkProblem(cause)}.`, { cause });
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return names.includes((error as SdkError).name ?? '');
}

export function isThrottling(error: unknown): boolean {
  const { name = '', $metadata } = error as SdkError;
  return $metadata?.httpStatusCode === 429 || /Throttl|ProvisionedThroughputExceeded|LimitExceeded|SlowDown/.test(name);
}

/** It may work another time: the connection was lost, or the server has trouble of its own. */
export function isPassing(error: unknown): boolean {
  const { name = '', message = '', $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return !/Credential|Config|Region/.test(`${name} ${message}`);
  return status >= 500 || isThrottling(error);
}
