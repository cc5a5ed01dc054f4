/**
 * A record's life as text: the answer first, then a paragraph a step, with why and rule, then the evidence of these
 * rules. A reason that was given is not repeated: a step that has the same one names the rule alone.
 */
import { isRuleId, rules, type TraceLine } from '@millrace/semantics';
import { formatMs } from '../render/duration.ts';
import type { Look } from '../render/look.ts';
import { hang, padEnd, padStart, plural, wrap } from '../render/text.ts';
import { answerOf } from './answer.ts';
import type { Life } from './life.ts';
import { whyOf } from './line-data.ts';
import { describeLine } from './steps.ts';

export interface LifeOptions {
  /** Steps to show at most, 60 when absent: of a longer life the middle is left out. */
  readonly steps?: number;
}

export function renderLife(life: Life, look: Look, options: LifeOptions = {}): string[] {
  const answer = wrap(look, answerOf(life), look.width).map((line) => look.paint('strong', line));
  return [...answer, '', ...stepLines(life.lines, look, options.steps ?? 60), ...evidenceLines(life.lines, look)];
}

function stepLines(lines: readonly TraceLine[], look: Look, most: number): string[] {
  const texts = paragraphs(lines);
  if (lines.length <= most) return texts.flatMap((text) => paragraph(text, look, texts));
  const first = Math.ceil(most * 0.6);
  const shown = [...texts.slice(0, first), ...texts.slice(texts.length - (most - first))];
  return [
    ...shown.slice(0, first).flatMap((text) => paragraph(text, look, shown)),
    look.paint('dim', `  and ${plural(lines.length - most, 'step')} like these`),
    ...shown.slice(first).flatMap((text) => paragraph(text, look, shown)),
  ];
}

interface Paragraph {
  readonly at: string;
  readonly what: string;
  readonly text: string;
  /** No rule decided it: it stands back. */
  readonly plain: boolean;
}

function paragraphs(lines: readonly TraceLine[]): Paragraph[] {
  const told = new Set<string>();
  return lines.map((line) => ({
    at: formatMs(line.at),
    what: line.what,
    text: stepText(line, told),
    plain: line.rule === undefined,
  }));
}

function stepText(line: TraceLine, told: Set<string>): string {
  const why = whyOf(line) ?? '';
  const parts = [describeLine(line), told.has(why) ? '' : why].filter((part) => part !== '');
  told.add(why);
  const said = parts.map((part) => (/[.!?]$/.test(part) ? part : `${part}.`)).join(' ');
  return line.rule === undefined ? said : `${said} [${line.rule}]`.trim();
}

function paragraph({ at, what, text, plain }: Paragraph, look: Look, all: readonly Paragraph[]): string[] {
  const timeColumns = Math.max(4, ...all.map((one) => one.at.length));
  const whatColumns = Math.max(...all.map((one) => one.what.length));
  const head = `  ${padStart(look, at, timeColumns)}  ${padEnd(look, what, whatColumns)}  `;
  return hang(look, head, text).map((line) => (plain ? look.paint('dim', line) : line));
}

/** How well each of these rules is known, and from where. */
function evidenceLines(lines: readonly TraceLine[], look: Look): string[] {
  const ids = [...new Set(lines.flatMap(({ rule }) => (rule !== undefined && isRuleId(rule) ? [rule] : [])))];
  if (ids.length === 0) return [];
  const said = ids.flatMap((id) => {
    const { grade, evidence } = rules[id];
    return [`  ${id}  ${look.paint('dim', `[${grade}]`)}`, ...hang(look, '      ', evidence)];
  });
  return ['', look.paint('strong', 'Evidence'), ...said];
}
