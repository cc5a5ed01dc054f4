/** How many records were sent or read so far, on standard error: a line that redraws itself on a terminal, else now and then. */
import { systemClock } from '@millrace/runtime';
import { formatCount } from '@millrace/simulation';
import type { Terminal } from '../terminal.ts';

const SILENT_MS = 1000;
const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

export class CountProgress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #total: number | undefined;
  #nextMs: number;
  #before: { readonly atMs: number; readonly count: number };
  #drawn = false;

  /** `what`: `records sent`. `total`: how many there will be, where that is known. */
  constructor(terminal: Terminal, what: string, total: number | undefined) {
    this.#terminal = terminal;
    this.#what = what;
    this.#total = total;
    const startMs = systemClock.now();
    this.#nextMs = startMs + (terminal.interactive ? SILENT_MS : PLAIN_LINE_MS);
    this.#before = { atMs: startMs, count: 0 };
  }

  show(count: number): void {
    const now = systemClock.now();
    if (now < this.#nextMs) return;
    const { interactive } = this.#terminal;
    this.#nextMs = now + (interactive ? REDRAW_MS : PLAIN_LINE_MS);
    const of = this.#total === undefined ? '' : ` of ${formatCount(this.#total)}`;
    const rate = Math.round(((count - this.#before.count) * 1000) / Math.max(1, now - this.#before.atMs));
    const text = `${formatCount(count)}${of} ${this.#what}, ${formatCount(rate)}/s now`;
    // The rate of now is that of a few seconds: of a single redrawing it would dance.
    if (now - this.#before.atMs > 2000) this.#before = { atMs: now, count };
    this.#drawn = true;
    this.#terminal.err(interactive ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Takes the line away. */
  finish(): void {
    if (this.#drawn && this.#terminal.interactive) this.#terminal.err('\r\u001b[K');
    this.#drawn = false;
  }
}
