/** What ends a command early: a mistake of the user in one sentence (exit 2), or a bug of ours with how to report it. */
import { causeText } from '@millrace/semantics';
import { InputError, plural } from '@millrace/simulation';
import type { Terminal } from './terminal.ts';

export const exitCodes = { ok: 0, broken: 1, refused: 2, bug: 70, interrupted: 130 } as const;

/** The user's input cannot be used. Each message is one sentence that says where and what to do. */
export class UsageError extends Error {
  readonly code = 'MILLRACE_USAGE';
  readonly messages: readonly string[];

  constructor(messages: string | readonly string[], options?: ErrorOptions) {
    const all = typeof messages === 'string' ? [messages] : messages;
    super(all.join('\n'), options);
    this.name = 'UsageError';
    this.messages = all;
  }
}

/** Says what went wrong, and gives the exit code. Input errors of the simulation carry their own sentence. */
export function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    for (const message of error.messages) terminal.err(`${message}\n`);
    return exitCodes.refused;
  }
  if (error instanceof InputError) {
    for (const line of sentencesOf(error)) terminal.err(`${line}\n`);
    return exitCodes.refused;
  }
  terminal.err(`This is a bug in millrace: ${causeText(error).split('\n')[0]}\n`);
  terminal.err('Please report it with the command, its files and what MILLRACE_DEBUG=1 adds to this message.\n');
  if (terminal.debug && error instanceof Error) terminal.err(`${error.stack}\n`);
  return exitCodes.bug;
}

/** Problems that are shown at once: a file that is wrong throughout is not a list of problems but another file. */
const mostSentences = 10;

function sentencesOf({ message, others, file }: InputError): string[] {
  const all = [message, ...others];
  if (all.length <= mostSentences) return all;
  return [...all.slice(0, mostSentences), `${file}: ${plural(all.length - mostSentences, 'more problem')} like these.`];
}

/** A sentence for what the file system refused; anything else is thrown on. */
export function fileError(action: string, file: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const reason = code === undefined ? undefined : fileReasons[code];
  if (reason === undefined) throw error;
  throw new UsageError(`${file}: cannot ${action} it, because ${reason}.`, { cause: error });
}

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'access is denied',
  EPERM: 'that is not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'it already exists',
};
