/** The clients of the AWS SDK as every live command makes them. The SDK takes long to load: only who uses it waits for it. */
import process from 'node:process';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import { type KinesisSdkOptions, kinesisSdk } from '@millrace/poller-shards';
import { sqsSdk } from '@millrace/poller-sqs';
import type { Millis } from '@millrace/semantics';

/** `undefined` leaves it to the SDK: AWS itself, or what AWS_ENDPOINT_URL and the profile say. */
type Endpoint = string | undefined;
type Region = string | undefined;

export async function sqsAt(endpoint: Endpoint, region: Region, config: SQSClientConfig): Promise<SQSClient> {
  return unlogged(await sqsSdk({ ...config, ...awsConfig(endpoint, region) }));
}

export async function kinesisAt(
  endpoint: Endpoint,
  region: Region,
  config: KinesisSdkOptions = {},
): Promise<KinesisClient> {
  return unlogged(await kinesisSdk({ ...config, ...awsConfig(endpoint, region) }));
}

export async function dynamodbStreamsAt(endpoint: Endpoint, region: Region): Promise<DynamoDBStreamsClient> {
  const config = awsConfig(endpoint, region);
  const { DynamoDBStreamsClient: Client } = await import('@aws-sdk/client-dynamodb-streams');
  return unlogged(new Client(config));
}

/** What all services of the SDK understand. */
interface AwsConfig {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

function awsConfig(endpoint: Endpoint, region: Region): AwsConfig {
  // Which Node this runs on is for the package to say (`engines`), not for every single command.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE } = process.env;
  const isHere = endpoint !== undefined && isLocal(endpoint);
  const regionHere = region ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? (isHere ? 'us-east-1' : undefined);
  // An endpoint of this machine checks none, and whoever has none should not have to make some up.
  const invented = isHere && AWS_ACCESS_KEY_ID === undefined && AWS_PROFILE === undefined;
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(regionHere !== undefined && { region: regionHere }),
    ...(invented && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
}

/** What time it was for the server at its last answer, to the second; minus infinity: it has not said. */
export function saidTime(client: DynamoDBStreamsClient): () => Millis {
  let atMs = Number.NEGATIVE_INFINITY;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { headers = {} } = answer.response as { readonly headers?: Readonly<Record<string, string>> };
      atMs = Date.parse(headers.date ?? '') || atMs;
      return answer;
    },
    { step: 'deserialize' },
  );
  return () => atMs;
}

interface Logging {
  readonly middlewareStack: { removeByTag(tag: string): boolean };
}

/** The SDK copies every answer, record by record, for a log that nobody keeps: a tenth of what reading costs. */
function unlogged<Client extends Logging>(client: Client): Client {
  client.middlewareStack.removeByTag('LOGGER');
  return client;
}

function isLocal(endpoint: string): boolean {
  return /^(127\.|localhost$|\[::1\]$)/.test(new URL(endpoint).hostname);
}
