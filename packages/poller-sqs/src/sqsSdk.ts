/**
 * The SDK's client for SQS, made for very many small calls. As it comes, the SDK puts the chain of middleware of a command
 * together anew for each call that has options, an abort signal among them, and makes a signer for each request.
 *
 * 1. Chains are kept: the stack of such a client must not be changed once it has sent something.
 * 2. A signal goes beside its command, and meets it again where the request is sent.
 */
import { type ServiceInputTypes, type ServiceOutputTypes, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { CallSignal } from '@millrace/runtime';

/** What is to end a call, by the input of its command. */
const signals = new WeakMap<object, CallSignal>();
const quickClients = new WeakSet<SQSClient>();

export function sqsSdk(config: SQSClientConfig): SQSClient {
  const client = new SQSClient({ ...config, cacheMiddleware: true });
  quickClients.add(client);
  keepSigner(client);
  const { requestHandler } = client.config;
  client.middlewareStack.add(
    (next) => async (args) => {
      const abortSignal = signals.get(args.input);
      if (!abortSignal) return next(args);
      const request = args.request as Parameters<typeof requestHandler.handle>[0];
      const { response } = await requestHandler.handle(request, { abortSignal });
      return { response } as Awaited<ReturnType<typeof next>>;
    },
    // Closest to the sending: what is deserialized is its answer.
    { step: 'deserialize', priority: 'low', name: 'millraceSignals' },
  );
  return client;
}

/** It asks for credentials whenever it signs; all that it keeps is for which region and service. */
function keepSigner({ config }: SQSClient): void {
  const { signer } = config;
  const kept = new Map<string, ReturnType<typeof signer>>();
  config.signer = (scheme) => {
    const key = `${scheme?.signingRegion} ${scheme?.signingName}`;
    const known = kept.get(key);
    if (known) return known;
    const made = signer(scheme);
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    return made;
  };
}

type SqsCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Parameters<
  typeof SQSClient.prototype.send<Input, Output>
>[0];

/** Sends commands in the way that is best for this client. The signal ends a call. */
export function sending(client: SQSClient) {
  const isQuick = quickClients.has(client);
  return <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: SqsCommand<Input, Output>,
    signal: CallSignal,
  ): Promise<Output> => {
    if (!isQuick) return client.send(command, { abortSignal: signal });
    signals.set(command.input, signal);
    return client.send(command);
  };
}

export type Sending = ReturnType<typeof sending>;
