/** A record under filters: its data is parsed once at most, however many filters look at it, and not before one does. */
import type { DecodedData, FilterView } from '../vocabulary.ts';
import { parseKeepingNumbers } from './number-literals.ts';
import { isBranch } from './values.ts';

/** The data of a record as patterns see it. */
export interface DecodedValue {
  readonly format: 'json' | 'plain' | 'binary' | 'absent';
  /** Parsed JSON, or the plain text. */
  readonly value?: unknown;
}

export class DecodedRecord {
  readonly metadata: FilterView['metadata'];
  readonly #view: FilterView;
  readonly #keepNumbers: boolean;
  readonly #decoded = new Map<string, DecodedValue>();

  /** With `keepNumbers`, the numbers of the data keep their text. */
  constructor(view: FilterView, keepNumbers: boolean) {
    this.metadata = view.metadata;
    this.#view = view;
    this.#keepNumbers = keepNumbers;
  }

  /** The data of a data key. What stands decoded in the metadata instead counts as JSON. */
  data(key: string): DecodedValue {
    const known = this.#decoded.get(key);
    if (known !== undefined) return known;
    const decoded = this.#decode(key);
    this.#decoded.set(key, decoded);
    return decoded;
  }

  #decode(key: string): DecodedValue {
    const data = this.#view.data[key];
    if (data === undefined) return decodedAlready(this.metadata[key]);
    if (data.format === 'json') return parsed(data.text, this.#keepNumbers);
    return data.format === 'plain' ? { format: 'plain', value: data.text } : data;
  }
}

function decodedAlready(value: unknown): DecodedValue {
  if (value === null || value === undefined) return { format: 'absent' };
  return { format: isDocument(value) ? 'json' : 'plain', value };
}

/**
 * Data counts as JSON when it is an object or an array. A lone JSON number, word or string is plain text, so that a
 * body of `42` can be matched as the text that was sent; a text that only looks like JSON is plain as well.
 */
function parsed(text: string, keepNumbers: boolean): DecodedValue {
  const value = parseOrUndefined(text, keepNumbers);
  return isDocument(value) ? { format: 'json', value } : { format: 'plain', value: text };
}

function parseOrUndefined(text: string, keepNumbers: boolean): unknown {
  try {
    return keepNumbers ? parseKeepingNumbers(text) : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isDocument(value: unknown): boolean {
  return isBranch(value) || Array.isArray(value);
}

/** Text as filters get it: JSON when it begins like an object or a list. Nothing is parsed to find that out. */
export function decodedText(text: string): DecodedData {
  return /^\s*[[{]/.test(text) ? { format: 'json', text } : { format: 'plain', text };
}
