/**
 * The secrets behind SourceAccessConfigurations, without AWS Secrets Manager: from the environment, or from a file that the
 * environment names.
 *
 * 1. No value of a secret is in an error, and nothing here writes to a log.
 */
import { readFile } from 'node:fs/promises';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a secret holds, by AWS's names: username, password, certificate, privateKey … */
export type Secret = Readonly<Record<string, string>>;

/** A secret is missing or of no use: one sentence that names the variable, and nothing of its value. */
export class SecretMissing extends Error {
  readonly code = 'SECRET_MISSING';

  constructor(message: string) {
    super(message);
    this.name = 'SecretMissing';
  }
}

/** `arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka/login-AbCdEf` is called KAFKA_LOGIN_ABCDEF. */
export function secretName(uri: string): string {
  const [, , , , , , ...name] = uri.split(':');
  const text = uri.startsWith('arn:') && name.length > 0 ? name.join(':') : uri;
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** @throws {SecretMissing} */
export async function readSecret(uri: string, env: Environment): Promise<Secret> {
  const name = secretName(uri);
  const variable = `MILLRACE_SECRET_${name}`;
  const fileVariable = `MILLRACE_SECRET_FILE_${name}`;
  const text = env[variable];
  if (text !== undefined) return parsed(text, `the variable ${variable}`);
  const file = env[fileVariable];
  if (file === undefined) {
    throw new SecretMissing(
      `The secret ${uri} is not known here: set ${variable} to its JSON, or ${fileVariable} to the path of a file with it.`,
    );
  }
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SecretMissing(`The file ${file} that ${fileVariable} names cannot be read (${why}).`);
  }
  return parsed(content, `the file ${file} that ${fileVariable} names`);
}

function parsed(text: string, where: string): Secret {
  const wrong = () =>
    new SecretMissing(
      `What stands in ${where} is not a JSON object of texts, such as {"username":"…","password":"…"}.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong();
  if (!Object.values(value).every((each) => typeof each === 'string')) throw wrong();
  return value as Secret;
}
