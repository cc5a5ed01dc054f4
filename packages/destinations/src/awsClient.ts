/**
 * How SDK clients are made: for any endpoint, with credentials as the SDK reads them, and nothing waits for long. The SDK is
 * loaded with the first delivery: it takes long, and most mappings give nothing up.
 */
import process from 'node:process';

export interface AwsOptions {
  /** Left out: what AWS_ENDPOINT_URL_SQS (_SNS, _S3), AWS_ENDPOINT_URL or the profile say, else AWS itself. */
  readonly endpoint?: string | undefined;
  /** Where an ARN names none. */
  readonly region?: string | undefined;
  /** What one delivery may take; 15 s when absent. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 15_000;
const CONNECT_MS = 5000;
/** One more than none, for connections that the other side has closed meanwhile; whoever ordered it tries again anyway. */
const MAX_ATTEMPTS = 2;

export interface ClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number };
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function timeoutOf({ timeoutMs = TIMEOUT_MS }: AwsOptions): number {
  return timeoutMs;
}

/** `regionOfArn` is empty where the ARN names none. */
export function clientConfig(service: 'SQS' | 'SNS' | 'S3', regionOfArn: string, options: AwsOptions): ClientConfig {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE } = process.env;
  // Which Node this runs on is for the package to say (`engines`), not for every single client.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const endpoint = options.endpoint ?? configuredEndpoint(service);
  const isHere = endpoint !== undefined && isLocal(endpoint);
  const region =
    regionOfArn || options.region || AWS_REGION || AWS_DEFAULT_REGION || (isHere ? 'us-east-1' : undefined);
  // An endpoint of this machine checks none, and whoever has none should not have to make some up.
  const invented = isHere && AWS_ACCESS_KEY_ID === undefined && AWS_PROFILE === undefined;
  return {
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS },
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(invented && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
}

/** Read here too, not only by the SDK: S3 is asked in another way at an endpoint than at AWS. */
function configuredEndpoint(service: string): string | undefined {
  const { env } = process;
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined;
  return env[`AWS_ENDPOINT_URL_${service}`] || env.AWS_ENDPOINT_URL || undefined;
}

function isLocal(endpoint: string): boolean {
  return /^(127\.|localhost$|\[::1\]$)/.test(new URL(endpoint).hostname);
}

/** One client for each region, made when it is first needed. */
export class Regional<Client extends { destroy(): void }> {
  readonly #make: (region: string) => Promise<Client>;
  readonly #clients = new Map<string, Promise<Client>>();

  constructor(make: (region: string) => Promise<Client>) {
    this.#make = make;
  }

  of(region: string): Promise<Client> {
    let client = this.#clients.get(region);
    if (!client) {
      client = this.#make(region);
      client.catch(() => this.#clients.delete(region));
      this.#clients.set(region, client);
    }
    return client;
  }

  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    this.#clients.clear();
    for (const made of clients) if (made.status === 'fulfilled') made.value.destroy();
  }
}
