import type { How } from './commands.mjs';

/** Finds awslambdaric or installs it. Resolves to undefined when it is there, else to one sentence that says why not. */
export function ensureAwslambdaric(how?: How): Promise<string | undefined>;

/** The Python that can `import awslambdaric`, once that is installed. */
export const pythonWithAwslambdaric: string;
