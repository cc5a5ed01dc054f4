/** What errors of the AWS SDK say, to whoever sends and whoever records. */

export interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** For people. */
export function sdkProblem(error: unknown): string {
  const { name, code } = error as SdkError;
  return [code ?? name, sentenceOf(error).replace(/\.$/, '').slice(0, 300)].filter(Boolean).join(', ');
}

/** The first line of its text is its sentence; others may quote the request. */
function sentenceOf(error: unknown): string {
  return ((error as SdkError).message ?? '').split('\n', 1)[0] ?? '';
}

/** Endpoints that take or give no more just now say so in many ways. */
const BUSY = /Throttl|ThroughputExceeded|TooManyRequests|SlowDown|LimitExceeded/;

export function isThrottling(error: unknown): boolean {
  const { name = '', $metadata } = error as SdkError;
  return $metadata?.httpStatusCode === 429 || BUSY.test(name);
}

/** Nothing was asked: the SDK found no login or no region here. */
export function lacksSettings(error: unknown): boolean {
  const { name = '', $metadata } = error as SdkError;
  const isUnanswered = $metadata?.httpStatusCode === undefined;
  return isUnanswered && /Credential|Config|Region/.test(`${name} ${sentenceOf(error)}`);
}
