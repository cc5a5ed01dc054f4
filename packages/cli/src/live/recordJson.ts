/**
 * Conceals values in JSON text. Everything else stays as it was written, character by character: numbers that JavaScript
 * cannot hold, blanks, the order of members, members that stand twice.
 */
import { endsHere, into, type Live, type Rule } from './recordPaths.ts';

/** How values are concealed; each kind stays of its kind. */
export interface Conceal {
  /** The rule has found something. */
  met(rule: Rule): void;
  text(rule: Rule, value: string): string;
  /** Takes and gives a number as JSON text. */
  number(rule: Rule, value: string): string;
}

/** @throws {SyntaxError} when the text is not JSON */
export function concealJson(text: string, live: readonly Live[], conceal: Conceal): string {
  JSON.parse(text);
  return new Rewriter(text, conceal).run(live);
}

/** Walks through text that is known to be JSON. */
class Rewriter {
  readonly #text: string;
  readonly #conceal: Conceal;
  #at = 0;
  /** What was written up to `#copied`. */
  #out = '';
  #copied = 0;

  constructor(text: string, conceal: Conceal) {
    this.#text = text;
    this.#conceal = conceal;
  }

  run(live: readonly Live[]): string {
    this.#value(live, undefined);
    return this.#out + this.#text.slice(this.#copied);
  }

  /** `under`: the rule that conceals what this is a part of. */
  #value(live: readonly Live[], under: Rule | undefined): void {
    this.#blanks();
    const rule = under ?? endsHere(live);
    if (rule) this.#conceal.met(rule);
    const from = this.#at;
    switch (this.#text[from]) {
      case '{':
        this.#members(live, rule, '}');
        if (rule?.action === 'redact') this.#replace(from, '{}');
        break;
      case '[':
        this.#members(live, rule, ']');
        if (rule?.action === 'redact') this.#replace(from, '[]');
        break;
      default:
        this.#leaf(rule);
    }
    this.#blanks();
  }

  #members(live: readonly Live[], rule: Rule | undefined, close: string): void {
    this.#at += 1;
    this.#blanks();
    // Of what is redacted as a whole only the end is looked for.
    const inner = rule?.action === 'redact' ? undefined : rule;
    const onward = rule?.action === 'redact' ? [] : live;
    for (let index = 0; this.#text[this.#at] !== close; index += 1) {
      if (this.#text[this.#at] === ',') this.#at += 1;
      this.#value(
        onward.length > 0 ? into(onward, close === ']' ? index : this.#name()) : this.#skipName(close),
        inner,
      );
    }
    this.#at += 1;
  }

  #skipName(close: string): readonly Live[] {
    if (close === '}') this.#name();
    return [];
  }

  #name(): string {
    this.#blanks();
    const name: string = JSON.parse(this.#token());
    this.#blanks();
    this.#at += 1;
    return name;
  }

  #leaf(rule: Rule | undefined): void {
    const from = this.#at;
    const token = this.#token();
    if (!rule) return;
    if (token.startsWith('"')) this.#replace(from, JSON.stringify(this.#conceal.text(rule, JSON.parse(token))));
    else if (token === 'true') this.#replace(from, 'false');
    else if (/^[-\d]/.test(token)) this.#replace(from, this.#conceal.number(rule, token));
  }

  /** A string, a number or a word, and what it is made of. */
  #token(): string {
    const from = this.#at;
    if (this.#text[from] === '"') {
      this.#at += 1;
      while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
      this.#at += 1;
    } else while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text.slice(from, this.#at);
  }

  #blanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #replace(from: number, by: string): void {
    this.#out += this.#text.slice(this.#copied, from) + by;
    this.#copied = this.#at;
  }
}
