/** A record's life as text: the answer first, then a paragraph a step, with why, rule, grade and evidence. */
import { formatMs } from '../render/duration.ts';
import type { Look } from '../render/look.ts';
import { hang, padEnd, padStart, wrap } from '../render/text.ts';
import type { TraceLine } from '../trace/line.ts';
import { answerOf } from './answer.ts';
import type { Life } from './life.ts';
import { ruleText, whyOf } from './line-data.ts';
import { describeLine } from './steps.ts';

export function renderLife(life: Life, look: Look): string[] {
  const times = life.lines.map((line) => formatMs(line.at));
  const timeColumns = Math.max(4, ...times.map((time) => time.length));
  const whatColumns = Math.max(...life.lines.map((line) => line.what.length));
  const steps = life.lines.flatMap((line, at) => {
    const head = `  ${padStart(look, times[at] ?? '', timeColumns)}  ${padEnd(look, line.what, whatColumns)}  `;
    return hang(look, head, stepText(line)).map((text) => (line.rule === undefined ? look.paint('dim', text) : text));
  });
  return [...wrap(look, answerOf(life), look.width).map((line) => look.paint('strong', line)), '', ...steps];
}

function stepText(line: TraceLine): string {
  const said = [describeLine(line), whyOf(line)].filter((part) => part !== undefined && part !== '').join('. ');
  const text = said === '' || /[.!?]$/.test(said) ? said : `${said}.`;
  return line.rule === undefined ? text : `${text} ${ruleText(line.rule)}`.trim();
}
