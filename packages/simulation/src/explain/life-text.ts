/** A record's life as text: the answer first, then a paragraph a step, with why, rule, grade and evidence. */
import { formatMs } from '../render/duration.ts';
import type { Look } from '../render/look.ts';
import { hang, padEnd, padStart, plural, wrap } from '../render/text.ts';
import type { TraceLine } from '../trace/line.ts';
import { answerOf } from './answer.ts';
import type { Life } from './life.ts';
import { ruleText, whyOf } from './line-data.ts';
import { describeLine } from './steps.ts';

export interface LifeOptions {
  /** Steps to show at most, 60 when absent: of a longer life the middle is left out. */
  readonly steps?: number;
}

export function renderLife(life: Life, look: Look, options: LifeOptions = {}): string[] {
  const answer = wrap(look, answerOf(life), look.width).map((line) => look.paint('strong', line));
  const most = options.steps ?? 60;
  const { lines } = life;
  if (lines.length <= most) return [...answer, '', ...stepLines(lines, look)];
  const first = Math.ceil(most * 0.6);
  const last = most - first;
  return [
    ...answer,
    '',
    ...stepLines(lines.slice(0, first), look),
    look.paint('dim', `  and ${plural(lines.length - most, 'step')} like these`),
    ...stepLines(lines.slice(lines.length - last), look),
  ];
}

function stepLines(lines: readonly TraceLine[], look: Look): string[] {
  let timeColumns = 4;
  let whatColumns = 0;
  for (const line of lines) {
    timeColumns = Math.max(timeColumns, formatMs(line.at).length);
    whatColumns = Math.max(whatColumns, line.what.length);
  }
  return lines.flatMap((line) => {
    const head = `  ${padStart(look, formatMs(line.at), timeColumns)}  ${padEnd(look, line.what, whatColumns)}  `;
    return hang(look, head, stepText(line)).map((text) => (line.rule === undefined ? look.paint('dim', text) : text));
  });
}

function stepText(line: TraceLine): string {
  const said = [describeLine(line), whyOf(line)].filter((part) => part !== undefined && part !== '').join('. ');
  const text = said === '' || /[.!?]$/.test(said) ? said : `${said}.`;
  return line.rule === undefined ? text : `${text} ${ruleText(line.rule)}`.trim();
}
