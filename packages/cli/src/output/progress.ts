/** How far a long run is, on standard error: a bar that redraws itself on a terminal, else a line every ten seconds. */
import { formatCount, formatMs } from '@millrace/simulation';
import type { Terminal } from '../terminal.ts';

export interface ProgressState {
  readonly records: number;
  readonly total?: number;
  readonly virtualMs: number;
  /** From 0 to 1, where the total is not known but the size of the file is. */
  readonly share?: number;
}

const silentMs = 1000;
const redrawMs = 100;
const plainLineMs = 10_000;
const barColumns = 24;

export class Progress {
  private readonly terminal: Terminal;
  private readonly now: () => number;
  private readonly startedAt: number;
  private nextAt: number;
  private drawn = false;

  constructor(terminal: Terminal, now: () => number = Date.now) {
    this.terminal = terminal;
    this.now = now;
    this.startedAt = now();
    this.nextAt = this.startedAt + (terminal.interactive ? silentMs : plainLineMs);
  }

  show(state: ProgressState): void {
    const now = this.now();
    if (now < this.nextAt) return;
    this.nextAt = now + (this.terminal.interactive ? redrawMs : plainLineMs);
    const text = progressText(state, now - this.startedAt, this.terminal.ascii);
    this.drawn = true;
    this.terminal.err(this.terminal.interactive ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Takes the bar away. */
  finish(): void {
    if (this.drawn && this.terminal.interactive) this.terminal.err('\r\u001b[K');
  }
}

/** `███████░░░░░  62%  620,000 of 1,000,000 records  virtual 1h2m  210,000/s` */
export function progressText(state: ProgressState, elapsedMs: number, ascii: boolean): string {
  const { records, total, virtualMs } = state;
  const share = total ? Math.min(1, records / total) : state.share;
  const filled = Math.round((share ?? 0) * barColumns);
  const [full, empty] = ascii ? ['#', '.'] : ['█', '░'];
  const bar =
    share === undefined ? [] : [full.repeat(filled) + empty.repeat(barColumns - filled), `${Math.floor(share * 100)}%`];
  const of = total === undefined ? '' : ` of ${formatCount(total)}`;
  const rate = elapsedMs > 0 ? [`${formatCount(Math.round((records * 1000) / elapsedMs))}/s`] : [];
  return [...bar, `${formatCount(records)}${of} records`, `virtual ${formatMs(virtualMs)}`, ...rate].join('  ');
}
