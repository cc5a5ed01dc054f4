/** The SDK's client for Kinesis, as it has to be for an endpoint. */
import { DynamoDBStreamsClient, type DynamoDBStreamsClientConfig } from '@aws-sdk/client-dynamodb-streams';
import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';

/** Each subscription of enhanced fan-out holds a connection. */
const MOST_SOCKETS = 1000;

export type KinesisSdkOptions = Pick<KinesisClientConfig, 'region' | 'credentials' | 'maxAttempts'> & {
  readonly endpoint?: string | undefined;
  /** Settings of the HTTP/1.1 handler, which is then used at every endpoint, and at AWS too. */
  readonly requestHandler?: DynamoDBStreamsClientConfig['requestHandler'];
};

/**
 * A client for AWS, or for any endpoint. The SDK speaks HTTP/2 to Kinesis, which plain endpoints such as kinesis-mock and
 * Millrace's gateway do not: for those it gets the HTTP/1.1 handler that the SDK's other clients have.
 */
export function kinesisSdk({ endpoint, requestHandler: settings, ...options }: KinesisSdkOptions): KinesisClient {
  const config = { ...options, ...(endpoint !== undefined && { endpoint }) };
  if (settings === undefined && !endpoint?.startsWith('http:')) return new KinesisClient(config);
  const handlerOptions = settings ?? { httpAgent: { maxSockets: MOST_SOCKETS } };
  const { requestHandler } = new DynamoDBStreamsClient({ ...config, requestHandler: handlerOptions }).config;
  return new KinesisClient({ ...config, requestHandler });
}
