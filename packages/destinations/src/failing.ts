/** What is said of a delivery that failed: one sentence for people, without secrets. */
import { DeliveryRefused, type FailureMessage } from '@millrace/runtime';

/** It did not work this time: one sentence for people, without secrets. */
export class DeliveryFailed extends Error {
  readonly code = 'DELIVERY_FAILED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeliveryFailed';
  }
}

/** The document for SQS and SNS. @throws {DeliveryRefused} for what belongs elsewhere */
export function documentOf(message: FailureMessage, target: string): string {
  if (message.kind === 'document') return message.body;
  throw new DeliveryRefused(`${capital(target)} takes a document, and was handed ${message.kind}.`);
}

/** @throws {DeliveryRefused} as AWS fails the delivery: FIFO queues and topics are no destinations */
export function refuseFifo(name: string, what: 'queue' | 'topic', arn: string): void {
  if (!name.endsWith('.fifo')) return;
  throw new DeliveryRefused(`A FIFO ${what} is no on-failure destination: take a standard ${what} instead of ${arn}.`);
}

export interface Target {
  /** As in "the queue arn:…". */
  readonly name: string;
  /** What a role must be allowed to do. */
  readonly action: string;
  readonly timeoutMs: number;
}

interface AwsError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const MISSING = /NonExistentQueue|QueueDoesNotExist|NoSuchBucket|^NotFound/;
const BAD_CREDENTIALS = /InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|ExpiredToken|SignatureDoesNotMatch/;
const DENIED = /AccessDenied|AuthorizationError|Forbidden/;
const LATE = /^(Abort|Timeout)Error$/;
const LONGEST_QUOTE = 200;

/** What the SDK says, as a sentence of ours. Of its own words only the first line is taken: others quote the request. */
export function awsFailure(target: Target, error: unknown): Error {
  if (error instanceof DeliveryRefused) return error;
  return new DeliveryFailed(awsSentence(target, error as AwsError), { cause: error });
}

function awsSentence({ name: target, action, timeoutMs }: Target, error: AwsError): string {
  const { name = 'Error', message = '', code, $metadata } = error;
  const given = `${name} ${typeof code === 'string' ? code : ''}`;
  if (MISSING.test(name) || MISSING.test(String(code))) return `There is no ${target.replace(/^the /, '')}.`;
  if (BAD_CREDENTIALS.test(given)) return `The AWS credentials were refused for ${target} (${name}).`;
  if (DENIED.test(given) || $metadata?.httpStatusCode === 403)
    return `Access to ${target} was denied (${name}): allow ${action}.`;
  if (name === 'CredentialsProviderError')
    return `There are no AWS credentials for ${target}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.`;
  if (LATE.test(name)) return `${capital(target)} did not answer within ${timeoutMs / 1000} s.`;
  if (typeof code === 'string' && /^E[A-Z]+/.test(code)) return `${capital(target)} cannot be reached (${code}).`;
  const [said = ''] = message.split('\n', 1);
  return `${capital(target)} did not take it: ${name}${said ? `, ${withoutKeys(said).slice(0, LONGEST_QUOTE)}` : ''}`;
}

/** Access keys, and whatever stands before the host of a URL. */
export function withoutKeys(text: string): string {
  return text.replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '$1…').replace(/:\/\/[^/@\s]+@/g, '://');
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
