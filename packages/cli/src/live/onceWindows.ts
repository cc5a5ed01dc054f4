/**
 * The tumbling windows that are open in a run that is played: each is still to be closed by an invocation without records,
 * although every record that came may have its fate by then.
 */
import { IDLE_WINDOW_MS, type TraceLine } from '@millrace/semantics';

interface OpenWindow {
  readonly mapping: string;
  readonly endMs: number;
  /** When something was last heard of it. */
  heardMs: number;
}

/** A window that is over is closed by then, with some time to spare. */
const CLOSED_WITHIN_MS = IDLE_WINDOW_MS + 10_000;

type Heard = Pick<TraceLine, 'at' | 'what' | 'mapping' | 'lanes' | 'records' | 'attempt' | 'data'>;

export class OnceWindows {
  /** By mapping and lane. */
  readonly #open = new Map<string, OpenWindow>();
  /** Attempts that close a window, with the key of its lane. */
  readonly #closing = new Map<string, string>();

  /** A line of the driver, at its instant of the epoch. */
  take({ at, what, mapping, lanes = [], records = [], attempt = '', data }: Heard): void {
    if (mapping === undefined) return;
    const key = `${mapping} ${lanes.join(' ')}`;
    if (what === 'invoke') {
      const window = data?.window as { readonly endMs: number; readonly final: boolean } | undefined;
      if (!window) return;
      this.#open.set(key, { mapping, endMs: window.endMs, heardMs: at });
      if (window.final) this.#closing.set(attempt, key);
    } else if (what === 'settled') {
      const closed = this.#closing.get(attempt);
      this.#closing.delete(attempt);
      if (closed !== undefined && data?.outcome === 'success') this.#open.delete(closed);
    } else if (what === 'discard' && records.length === 0) this.#open.delete(key);
  }

  /** Whether a window of the mapping will still be closed. */
  isOpen(mapping: string, nowMs: number): boolean {
    for (const { mapping: whose, endMs, heardMs } of this.#open.values()) {
      if (whose === mapping && nowMs < Math.max(endMs, heardMs + CLOSED_WITHIN_MS)) return true;
    }
    return false;
  }
}
