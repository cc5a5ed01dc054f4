/**
 * Objects to S3 buckets, at any endpoint. At an endpoint that is not AWS's own the bucket stands in the path, and no checksum
 * is sent that not every such server understands.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { DeliveryRefused, type Destination } from '@millrace/runtime';
import { arnOf } from './arn.ts';
import { type AwsOptions, clientConfig, Regional } from './awsClient.ts';
import { awsFailure } from './failing.ts';

/** An object holds the whole event of an invocation: 6 MB take longer than a document. */
const TIMEOUT_MS = 30_000;

export function s3Destination(options: AwsOptions = {}): Destination {
  const { timeoutMs = TIMEOUT_MS } = options;
  const clients = new Regional<S3Client>(async (region) => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    const config = clientConfig('S3', region, options);
    const elsewhere = { forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' } as const;
    return new S3Client({ ...config, followRegionRedirects: true, ...(config.endpoint !== undefined && elsewhere) });
  });
  return {
    async deliver({ destination: { arn: text }, message }) {
      const target = { name: `the bucket ${text}`, action: 's3:PutObject', timeoutMs };
      const { region, resource } = arnOf(text, 's3');
      if (message.kind !== 'object')
        throw new DeliveryRefused(`The bucket ${text} takes an object, and was handed ${message.kind}.`);
      const put = { Bucket: resource, Key: message.key, Body: message.body };
      try {
        const { PutObjectCommand } = await import('@aws-sdk/client-s3');
        const client = await clients.of(region);
        await client.send(new PutObjectCommand(put), { abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        throw awsFailure(target, error);
      }
    },
    close: () => clients.close(),
  };
}
