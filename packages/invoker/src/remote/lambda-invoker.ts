/** Invokes a function through a Lambda endpoint: AWS's own, or one that behaves like it. */

import type { InvokeCommandOutput, LambdaClient, LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { FunctionAnswer } from '@millrace/aws-shapes';
import type { FunctionDefinition, Invoker } from '@millrace/runtime';
import { type Answer, answerOfBody, failureOfPayload, LOST } from '../answers.ts';
import { INIT_TIMEOUT_MS } from '../pool.ts';
import { brokenCall, type RemoteAnswer, RemoteInvoker, type RemoteOptions } from './remote-invoker.ts';

export interface LambdaOptions extends RemoteOptions {
  /** As the SDK takes it: endpoint, region, credentials. Its retries are always off: the mapping retries. */
  readonly client?: LambdaClientConfig | undefined;
}

const MAX_ENVIRONMENTS = 1_000;
/** How much longer than init and timeout together an answer may take before nobody waits for it any more. */
const PATIENCE_MS = 5_000;

/**
 * `Invoke` with RequestResponse. Lambda enforces the timeout; an answer that never comes is `lost`. Function name, version or
 * alias are those of the definition's ARN.
 */
export function lambdaInvoker(definition: FunctionDefinition, options: LambdaOptions = {}): Invoker {
  const maxEnvironments = options.maxEnvironments ?? MAX_ENVIRONMENTS;
  const sdk = loadOnce(options.client ?? {}, maxEnvironments);
  return new RemoteInvoker(
    async (event, _invocation, signal) => callLambda(await sdk.load(), definition, event, signal),
    { afterMs: definition.timeoutMs + INIT_TIMEOUT_MS + PATIENCE_MS, answer: LOST },
    { ...options, maxEnvironments },
    () => sdk.destroy(),
  );
}

interface Sdk {
  readonly client: LambdaClient;
  readonly InvokeCommand: typeof import('@aws-sdk/client-lambda').InvokeCommand;
}

/** The SDK takes long to load: only who uses it waits for it. */
function loadOnce(config: LambdaClientConfig, maxSockets: number) {
  let loaded: Promise<Sdk> | undefined;
  return {
    load: () => {
      loaded ??= loadSdk(config, maxSockets);
      return loaded;
    },
    destroy: () => void loaded?.then(({ client }) => client.destroy()),
  };
}

async function loadSdk(config: LambdaClientConfig, maxSockets: number): Promise<Sdk> {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const requestHandler = { httpAgent: { maxSockets }, httpsAgent: { maxSockets } };
  return { client: new LambdaClient({ requestHandler, ...config, maxAttempts: 1 }), InvokeCommand };
}

async function callLambda(
  { client, InvokeCommand }: Sdk,
  { arn }: FunctionDefinition,
  event: string,
  signal: AbortSignal,
): Promise<RemoteAnswer> {
  const input = { FunctionName: arn, InvocationType: 'RequestResponse', LogType: 'Tail' } as const;
  try {
    const output = await client.send(new InvokeCommand({ ...input, Payload: Buffer.from(event) }), {
      abortSignal: signal,
    });
    return { answer: answerOf(output), logs: logsOf(output) };
  } catch (error) {
    return { answer: refusal(error) };
  }
}

function answerOf({ FunctionError, Payload }: InvokeCommandOutput): FunctionAnswer {
  const body = Payload ?? new Uint8Array();
  return FunctionError === undefined ? answerOfBody(body) : failureOfPayload(Buffer.from(body).toString());
}

function logsOf({ LogResult }: InvokeCommandOutput): string | undefined {
  return LogResult === undefined ? undefined : Buffer.from(LogResult, 'base64').toString();
}

/** Errors that the endpoint answered with: the function did not run. */
function refusal(error: unknown): Answer {
  const { name = 'Error', message = '', Reason, $metadata } = error as ServiceError;
  const status = $metadata?.httpStatusCode;
  if (name === 'TooManyRequestsException' || status === 429) {
    return { kind: 'throttled', reason: Reason ?? 'ConcurrentInvocationLimitExceeded' };
  }
  if (status !== undefined) return { kind: 'unreachable', reason: `${name}: ${message}`.slice(0, 300) };
  if (NEVER_SENT.has(name)) return { kind: 'unreachable', reason: `${name}: ${message}`.slice(0, 300) };
  return brokenCall(error, 'the Lambda endpoint');
}

/** What the SDK throws before it sends anything. */
const NEVER_SENT = new Set(['CredentialsProviderError', 'EndpointError']);

interface ServiceError {
  readonly name?: string;
  readonly message?: string;
  readonly Reason?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}
