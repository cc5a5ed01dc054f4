/** The AWS SDK's SQS client as every live command makes it. The SDK takes long to load: only who uses it waits for it. */
import process from 'node:process';
import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';

/** `endpoint: undefined` leaves it to the SDK: AWS itself, or what AWS_ENDPOINT_URL and the profile say. */
export async function sqsClient(
  endpoint: string | undefined,
  region: string | undefined,
  config: SQSClientConfig,
): Promise<SQSClient> {
  // Which Node this runs on is for the package to say (`engines`), not for every single command.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = await import('@aws-sdk/client-sqs');
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE } = process.env;
  const isHere = endpoint !== undefined && isLocal(endpoint);
  const regionHere = region ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? (isHere ? 'us-east-1' : undefined);
  // An endpoint of this machine checks none, and whoever has none should not have to make some up.
  const invented = isHere && AWS_ACCESS_KEY_ID === undefined && AWS_PROFILE === undefined;
  return new sdk.SQSClient({
    ...config,
    ...(endpoint !== undefined && { endpoint }),
    ...(regionHere !== undefined && { region: regionHere }),
    ...(invented && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  });
}

function isLocal(endpoint: string): boolean {
  return /^(127\.|localhost$|\[::1\]$)/.test(new URL(endpoint).hostname);
}
