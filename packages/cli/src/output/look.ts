/** The look of this terminal: its width, its alphabet, its colours. */
import type { Look, Tone } from '@millrace/simulation';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import type { Terminal } from '../terminal.ts';

export function lookOf(terminal: Terminal): Look {
  const colours = picocolors.createColors(terminal.colours);
  const painters: Readonly<Record<Tone, (text: string) => string>> = {
    good: colours.green,
    bad: colours.red,
    warn: colours.yellow,
    dim: colours.dim,
    strong: colours.bold,
  };
  return {
    width: terminal.width,
    ascii: terminal.ascii,
    paint: (tone, text) => painters[tone](text),
    widthOf: (text) => stringWidth(text),
  };
}
