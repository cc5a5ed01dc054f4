/**
 * Files instead of destinations, for looking: documents and messages as lines of `<mapping>.jsonl`, objects as files under
 * their key. Nothing is ever written outside the folder.
 */
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeliveryRefused, type Destination, type FailureMessage } from '@millrace/runtime';
import { DeliveryFailed } from './failing.ts';

export interface FileDestinationOptions {
  /** `file:///absolute/folder`, `file:relative/folder` or a path; made when it is not there. */
  readonly folder: string;
}

export function fileDestination({ folder }: FileDestinationOptions): Destination {
  const root = folderOf(folder);
  return {
    async deliver({ id, mapping, message }) {
      const file = within(root, message.kind === 'object' ? message.key : `${fileName(mapping)}.jsonl`);
      try {
        await mkdir(dirname(file), { recursive: true });
        if (message.kind === 'object') await writeWhole(file, message.body, fileName(id));
        else await appendFile(file, linesOf(message));
      } catch (error) {
        const { code = 'unknown' } = error as { code?: string };
        throw new DeliveryFailed(`${file} cannot be written (${code}).`, { cause: error });
      }
    },
    async close() {},
  };
}

/** The path of a folder that is given as a path or as a `file:` URL. */
function folderOf(given: string): string {
  if (given.startsWith('file://')) return fileURLToPath(given);
  return resolve(given.replace(/^file:/, ''));
}

function within(root: string, name: string): string {
  const file = resolve(root, name);
  if (file.startsWith(root.endsWith(sep) ? root : root + sep)) return file;
  throw new DeliveryRefused(`${name} would be written outside ${root}.`);
}

function fileName(text: string): string {
  return text.replace(/[^\w.-]/g, '_');
}

/** Whoever looks sees the whole object or none. */
async function writeWhole(file: string, body: string, id: string): Promise<void> {
  const unfinished = join(dirname(file), `.${id}.unfinished`);
  await writeFile(unfinished, body);
  await rename(unfinished, file);
}

function linesOf(message: Exclude<FailureMessage, { kind: 'object' }>): string {
  if (message.kind === 'document') return `${onOneLine(message.body)}\n`;
  return message.messages
    .map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${onOneLine(value)}}\n`)
    .join('');
}

/** The same JSON on one line; what is none becomes a text. */
function onOneLine(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return JSON.stringify(body);
  }
}
