/**
 * Deletes. Those of one turn of the event loop go together: a script costs much, one more handle little. What fills a call
 * leaves at once: put together with still more, all would wait for the last call, and Redis for all of them.
 */
import type { Deleted } from '@millrace/runtime';
import { queueScripts } from '../scripts/index.ts';
import { decodeHandle, type Handle } from './codec.ts';
import type { Known, QueueLink } from './link.ts';

/** So many leave without waiting for the end of the turn. */
const FULL = 100;
const HANDLES_AT_ONCE = 250;

interface Pending {
  readonly handles: readonly (Handle | undefined)[];
  resolve(deleted: Deleted[]): void;
  reject(reason: unknown): void;
}

export class Deletes {
  readonly #link: QueueLink;
  #pending: Pending[] = [];
  #handles = 0;

  constructor(link: QueueLink) {
    this.#link = link;
  }

  delete(receiptHandles: readonly string[]): Promise<Deleted[]> {
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => void this.#run());
      this.#pending.push({ handles: receiptHandles.map(decodeHandle), resolve, reject });
      this.#handles += receiptHandles.length;
      if (this.#handles >= FULL) void this.#run();
    });
  }

  async #run(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#handles = 0;
    try {
      const handles = pending.flatMap((each) => each.handles);
      const fates = await this.#fatesOf(handles);
      let next = 0;
      for (const { handles: own, resolve } of pending) {
        resolve(own.map((handle) => deletedAs(fates[next++]!, handle)));
      }
    } catch (error) {
      for (const { reject } of pending) reject(error);
    }
  }

  /** One letter for each handle. */
  async #fatesOf(handles: readonly (Handle | undefined)[]): Promise<string> {
    let fates = '';
    for (let from = 0; from < handles.length; from += HANDLES_AT_ONCE) {
      const some = handles.slice(from, from + HANDLES_AT_ONCE);
      const [, letters] = await this.#link.ask(queueScripts.delete, (known) => {
        const args: string[] = [];
        for (const each of some) args.push(...named(each, known));
        return args;
      });
      fates += letters as string;
    }
    return fates;
  }
}

/** A handle as scripts take it. One of another queue, or of an earlier one of this name, names nothing. */
export function named(handle: Handle | undefined, { generation }: Known): [string, string] {
  return handle?.generation === generation ? [handle.id, handle.receives] : ['', ''];
}

function deletedAs(fate: string, handle: Handle | undefined): Deleted {
  switch (fate) {
    case 'd':
      return { kind: 'deleted', messageId: handle?.messageId ?? '' };
    case 'r':
      return { kind: 'ignored', because: 'received-again', rule: 'sqs.stale-handle-deletes-nothing' };
    case 'x':
      return { kind: 'refused', because: 'expired', rule: 'sqs.fifo-expired-handle-refused' };
    default:
      return { kind: 'ignored', because: 'gone' };
  }
}
