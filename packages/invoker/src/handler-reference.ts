import { dirname, resolve } from 'node:path';

/** Where a Node.js handler is. */
export interface HandlerReference {
  /** An ES module or CommonJS file, relative to the working directory or absolute. */
  readonly file: string;
  /** Absent or empty: the export `handler`, else the default export. */
  readonly export?: string | undefined;
}

/** The reference in one text, with an absolute file, as `_HANDLER` says it. */
export function handlerText(handler: HandlerReference): string {
  return `${resolve(handler.file)}${handler.export ? `#${handler.export}` : ''}`;
}

/** The folder that the function's code is in. */
export function taskRoot(handler: HandlerReference): string {
  return dirname(resolve(handler.file));
}
