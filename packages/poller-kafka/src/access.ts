/** How a mapping logs in at its brokers: SourceAccessConfigurations and their secrets, as kafkajs wants them. */
import type { ConnectionOptions } from 'node:tls';
import type { SourceAccessConfiguration } from '@millrace/aws-shapes';
import type { SASLOptions } from 'kafkajs';
import { type Environment, readSecret, type Secret, SecretMissing } from './secrets.ts';

export interface KafkaAccess {
  readonly sasl?: SASLOptions;
  readonly ssl?: ConnectionOptions;
}

const MECHANISMS: Readonly<Record<string, 'plain' | 'scram-sha-256' | 'scram-sha-512'>> = {
  BASIC_AUTH: 'plain',
  SASL_SCRAM_256_AUTH: 'scram-sha-256',
  SASL_SCRAM_512_AUTH: 'scram-sha-512',
};
/** Where the pollers stand in AWS's network: there is nothing to do about them here. */
const CARRIED = new Set(['VPC_SUBNET', 'VPC_SECURITY_GROUP']);

/**
 * Without a login and without certificates: in clear text. With any of them: TLS, as on AWS.
 * @throws {SecretMissing}
 */
export async function kafkaAccess(
  configurations: readonly SourceAccessConfiguration[],
  env: Environment,
): Promise<KafkaAccess> {
  let sasl: SASLOptions | undefined;
  let ssl: ConnectionOptions | undefined;
  for (const { Type: type = '', URI: uri = '' } of configurations) {
    if (CARRIED.has(type)) continue;
    const mechanism = MECHANISMS[type];
    const secret = await readSecret(uri, env);
    ssl ??= {};
    if (mechanism) {
      if (sasl) throw new SecretMissing('SourceAccessConfigurations name two logins: leave one of them.');
      sasl = { mechanism, username: field(secret, 'username', uri), password: field(secret, 'password', uri) };
    } else if (type === 'CLIENT_CERTIFICATE_TLS_AUTH') ssl = { ...ssl, ...clientCertificate(secret, uri) };
    else if (type === 'SERVER_ROOT_CA_CERTIFICATE') ssl = { ...ssl, ca: field(secret, 'certificate', uri) };
    else throw new SecretMissing(`SourceAccessConfigurations of type ${type} are not supported for Kafka.`);
  }
  return { ...(sasl && { sasl }), ...(ssl && { ssl }) };
}

function clientCertificate(secret: Secret, uri: string): ConnectionOptions {
  const cert = field(secret, 'certificate', uri);
  const key = field(secret, 'privateKey', uri);
  const { privateKeyPassword } = secret;
  return { cert, key, ...(privateKeyPassword !== undefined && { passphrase: privateKeyPassword }) };
}

function field(secret: Secret, name: string, uri: string): string {
  const value = secret[name];
  if (value === undefined) throw new SecretMissing(`The secret ${uri} has no "${name}".`);
  return value;
}
