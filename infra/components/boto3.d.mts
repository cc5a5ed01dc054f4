import type { How } from './commands.mjs';

type Env = Readonly<Record<string, string | undefined>>;

/** Finds boto3 or installs it. Resolves to undefined when it is there, else to one sentence that says why not. */
export function ensureBoto3(how?: How): Promise<string | undefined>;

/** The Python to run, and the environment in which `import boto3` finds the one that speaks this protocol. */
export function pythonWithBoto3(
  protocol: 'json' | 'query',
  env?: Env,
): { readonly python: string | undefined; readonly env: Record<string, string | undefined> };
