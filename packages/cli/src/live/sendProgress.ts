/** How many messages were sent (or records read) so far, on standard error: a line that redraws itself on a terminal, else now and then. */
import { formatCount } from '@millrace/simulation';
import type { Terminal } from '../terminal.ts';

const SILENT_MS = 1000;
const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

export class SendProgress {
  readonly #terminal: Terminal;
  readonly #total: number | undefined;
  readonly #now: () => number;
  readonly #what: string;
  readonly #startMs: number;
  #nextMs: number;
  #before: { readonly atMs: number; readonly sent: number };
  #drawn = false;

  constructor(terminal: Terminal, total: number | undefined, now: () => number = Date.now, what = 'messages sent') {
    this.#terminal = terminal;
    this.#total = total;
    this.#now = now;
    this.#what = what;
    this.#startMs = now();
    this.#nextMs = this.#startMs + (terminal.interactive ? SILENT_MS : PLAIN_LINE_MS);
    this.#before = { atMs: this.#startMs, sent: 0 };
  }

  show(sent: number): void {
    const now = this.#now();
    if (now < this.#nextMs) return;
    const { interactive } = this.#terminal;
    this.#nextMs = now + (interactive ? REDRAW_MS : PLAIN_LINE_MS);
    const of = this.#total === undefined ? '' : ` of ${formatCount(this.#total)}`;
    const rate = Math.round(((sent - this.#before.sent) * 1000) / Math.max(1, now - this.#before.atMs));
    const text = `${formatCount(sent)}${of} ${this.#what}, ${formatCount(rate)}/s now`;
    // The rate of now is that of a few seconds: of a single redrawing it would dance.
    if (now - this.#before.atMs > 2000) this.#before = { atMs: now, sent };
    this.#drawn = true;
    this.#terminal.err(interactive ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Takes the line away. */
  finish(): void {
    if (this.#drawn && this.#terminal.interactive) this.#terminal.err('\r\u001b[K');
    this.#drawn = false;
  }
}
