/**
 * How output looks: the width, the alphabet and the colours that whoever prints it has to offer. Everything under
 * `render` takes a look and gives text; it never asks a terminal.
 */
import type { InvocationResult, OutcomeKind } from '../result/result.ts';

/** What a piece of text means, for those who can colour it. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

export interface Look {
  /** Columns that may be used. */
  readonly width: number;
  /** Only characters of US-ASCII. */
  readonly ascii: boolean;
  /** Wraps a text in what makes it look so; the text itself must stay as it is. */
  readonly paint: (tone: Tone, text: string) => string;
  /** Columns that an unpainted text takes. */
  readonly widthOf: (text: string) => number;
}

/** A look without colours: for tests, files and failure messages. */
export function plainLook(width = 80, ascii = false): Look {
  return { width, ascii, paint: (_tone, text) => text, widthOf: (text) => Array.from(text).length };
}

type ClosedBy = InvocationResult['closedBy'];

/** The characters that pictures are made of. Each takes one column. */
export interface Glyphs {
  readonly outcome: Readonly<Record<OutcomeKind, string>>;
  /** Marks the start of a batch that is not a first attempt, where there is room for it. */
  readonly start: Readonly<Partial<Record<ClosedBy, string>>>;
  readonly running: string;
  readonly discard: string;
  readonly idle: string;
  readonly axis: string;
  readonly tick: string;
  readonly ellipsis: string;
  readonly bullet: string;
  /** From nothing to most. */
  readonly levels: readonly string[];
}

const unicodeGlyphs: Glyphs = {
  outcome: {
    success: '✓',
    partial: '◐',
    error: '✗',
    timeout: '⧖',
    'invalid-response': '¿',
    throttled: '~',
    unreachable: '!',
    lost: '?',
  },
  start: { retry: '↻', split: '⑂', rest: '↳', 'window-end': '⊣' },
  running: '━',
  discard: '▼',
  idle: '·',
  axis: '─',
  tick: '┬',
  ellipsis: '…',
  bullet: '•',
  levels: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

const asciiGlyphs: Glyphs = {
  outcome: {
    success: '+',
    partial: 'o',
    error: 'x',
    timeout: 't',
    'invalid-response': 'i',
    throttled: '~',
    unreachable: '!',
    lost: '?',
  },
  start: { retry: 'r', split: 's', rest: 'e', 'window-end': 'w' },
  running: '=',
  discard: 'v',
  idle: '.',
  axis: '-',
  tick: '+',
  ellipsis: '~',
  bullet: '*',
  levels: [' ', '.', ':', '-', '=', '+', '*', '#', '@'],
};

export function glyphsOf(look: Look): Glyphs {
  return look.ascii ? asciiGlyphs : unicodeGlyphs;
}

/** The tone in which an outcome is painted. */
export function outcomeTone(outcome: OutcomeKind): Tone {
  if (outcome === 'success') return 'good';
  return outcome === 'throttled' || outcome === 'partial' || outcome === 'lost' ? 'warn' : 'bad';
}
