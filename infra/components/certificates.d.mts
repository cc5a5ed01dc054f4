import type { How } from './commands.mjs';

/** What a client of a TLS server needs, as PEM files and as their text. */
export interface ClientCertificates {
  /** The authority that signed the server's certificate, and the client's. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The client's key once more, under `keyPassword`. */
  readonly encryptedKeyFile: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly encryptedKey: string;
  readonly keyPassword: string;
}

export interface Certificates extends ClientCertificates {
  /** The server's key and certificate in one file. */
  readonly serverFile: string;
}

/** Finds openssl or installs it. Resolves to undefined when it is there, else to one sentence that says why not. */
export function ensureOpenssl(how?: How): Promise<string | undefined>;

/**
 * An authority, a server for 127.0.0.1 and localhost, and a client, as files of a folder; what is there already is used
 * again. Those of a second folder are strangers to the first.
 * @throws an error with `code` `CERTIFICATES_FAILED`.
 */
export function makeCertificates(
  dir: string,
  options?: { readonly clientName?: string; readonly keyPassword?: string },
): Promise<Certificates>;
