/**
 * The SDK's client for SQS, made for very many small calls. As it comes, the SDK puts the chain of middleware of a command
 * together anew for each call that has options, an abort signal among them, makes a signer for each request, and copies its
 * configuration several times.
 *
 * 1. Chains are kept: the stack of such a client must not be changed once it has sent something.
 * 2. A signal goes beside its command, and meets it again where the request is sent.
 * 3. Requests name Millrace as their agent, instead of a text that the SDK puts together for each of them.
 */
import { type ServiceInputTypes, type ServiceOutputTypes, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { CallSignal } from '@millrace/runtime';

/** What is to end a call, by the input of its command. */
const signals = new WeakMap<object, CallSignal>();
const quickClients = new WeakSet<SQSClient>();
const USER_AGENT = 'millrace';

export function sqsSdk(config: SQSClientConfig): SQSClient {
  const client = new SQSClient({ ...config, cacheMiddleware: true });
  quickClients.add(client);
  keepSigner(client);
  makeQuickToCopy(client.config);
  client.middlewareStack.remove('getUserAgentMiddleware');
  const { requestHandler } = client.config;
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as Parameters<typeof requestHandler.handle>[0];
      request.headers['user-agent'] = USER_AGENT;
      const abortSignal = signals.get(args.input);
      if (!abortSignal) return next(args);
      const { response } = await requestHandler.handle(request, { abortSignal });
      return { response } as Awaited<ReturnType<typeof next>>;
    },
    // Closest to the sending: what is deserialized is its answer, and the agent is not part of what was signed.
    { step: 'deserialize', priority: 'low', name: 'millraceSending' },
  );
  return client;
}

/**
 * V8 keeps an object that was put together piece by piece as a table, which is slow to copy (9 µs for this one). One that
 * is looked through as a prototype becomes a record again (1 µs).
 */
function makeQuickToCopy(config: object): void {
  for (const _ in Object.create(config)) return;
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
