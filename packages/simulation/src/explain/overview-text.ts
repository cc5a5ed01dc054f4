/** The few things worth knowing about a run, as sentences, and the rules that were applied. */
import { isRuleId, rules } from '@millrace/semantics';
import { formatMs } from '../render/duration.ts';
import { glyphsOf, type Look } from '../render/look.ts';
import { columns, fit, formatCount, hang, listNames, plural } from '../render/text.ts';
import type { BatchesBy, Overview } from './overview.ts';

const mostRules = 12;

export function renderOverview(overview: Overview, look: Look): string[] {
  const bullet = `  ${glyphsOf(look).bullet} `;
  const said = sentences(overview, look).flatMap((text) => hang(look, bullet, text));
  return [look.paint('strong', 'Worth knowing about this run'), ...said, ...ruleLines(overview, look)];
}

function sentences(overview: Overview, look: Look): string[] {
  const parts = [
    ...overview.refusals.map((text) => `The mapping was refused: ${text}`),
    ...overview.violations.slice(0, 5).map((text) => `An invariant broke: ${text}.`),
    invocationsText(overview),
    outcomesText(overview),
    ...batchTexts(overview),
    mostDeliveredText(overview, look),
    blockadeText(overview, look),
    discardsText(overview),
    fatesText(overview),
    waitText(overview),
    iteratorAgeText(overview),
    overview.mostPollers > 1
      ? `At most ${formatCount(overview.mostPollers)} batches or pollers worked at a time.`
      : undefined,
  ];
  return parts.filter((part) => part !== undefined);
}

const againWords: readonly (readonly [string, string])[] = [
  ['retry', 'a retry of a failed batch'],
  ['split', 'a half of a batch that was split'],
  ['rest', 'the rest of a batch that made progress'],
];

/** Why there were more invocations than batches. */
function invocationsText({ invocationsBy }: Overview): string {
  let total = 0;
  for (const { batches } of invocationsBy.values()) total += batches;
  const repeats = againWords.flatMap(([kind, words]) => repeatText(invocationsBy.get(kind), words));
  const repeated = againWords.reduce((sum, [kind]) => sum + (invocationsBy.get(kind)?.batches ?? 0), 0);
  if (repeated === 0) return `${plural(total, 'invocation')}, one for each batch.`;
  return `${plural(total, 'invocation')} for ${plural(total - repeated, 'batch')}: ${repeats.join(', ')}.`;
}

function repeatText(by: BatchesBy | undefined, words: string): string[] {
  return by ? [`${formatCount(by.batches)} ${by.batches === 1 ? 'was' : 'were each'} ${words}`] : [];
}

function outcomesText({ outcomes }: Overview): string | undefined {
  const failed = [...outcomes].filter(([kind]) => kind !== 'success');
  if (failed.length === 0) return undefined;
  const count = failed.reduce((sum, [, one]) => sum + one, 0);
  return `${plural(count, 'invocation')} did not succeed: ${failed.map(([kind, one]) => `${formatCount(one)} ${kind}`).join(', ')}.`;
}

const closedWords: Readonly<Record<string, string>> = {
  size: 'because they were full',
  window: 'because their batching window ended',
  payload: 'because the next record would not have fitted into 6 MB',
  available: 'with what was available, as there is no batching window',
  'window-end': 'at the end of a tumbling window',
};

/** What closed the batches, and so which of them were not full. */
function batchTexts({ invocationsBy }: Overview): string[] {
  return Object.entries(closedWords).flatMap(([kind, words]) => {
    const by = invocationsBy.get(kind);
    if (!by) return [];
    return [
      `${plural(by.batches, 'batch')} ${by.batches === 1 ? 'was' : 'were'} closed ${by.batches === 1 ? words.replace('they were', 'it was').replace('their', 'its') : words} (${plural(Number((by.records / by.batches).toFixed(1)), 'record')} on average).`,
    ];
  });
}

function mostDeliveredText({ deliveries }: Overview, look: Look): string | undefined {
  const often = [...deliveries].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
  if (often.length === 0) return undefined;
  const names = often.map(([record, count]) => `${record} (${formatCount(count)})`);
  return `${plural(often.length, 'record')} ${often.length === 1 ? 'was' : 'were'} delivered more than once: ${listNames(look, names, Math.max(40, look.width - 20))}.`;
}

function blockadeText({ blockades }: Overview, look: Look): string | undefined {
  const [longest] = blockades;
  if (!longest) return undefined;
  const { lane, mapping, sinceMs, untilMs, records } = longest;
  const others = blockades.length > 1 ? ` ${plural(blockades.length - 1, 'other block')} lasted less.` : '';
  const names = listNames(look, records, Math.max(30, look.width - 30));
  return `The longest that failures blocked a lane is ${formatMs(untilMs - sinceMs)}: ${lane} of ${mapping}, from ${formatMs(sinceMs)} to ${formatMs(untilMs)}, by ${names}.${others}`;
}

function discardsText({ discards, undelivered }: Overview): string | undefined {
  if (discards.size === 0) return undefined;
  const each = [...discards].map(([condition, count]) => `${formatCount(count)} for ${condition}`).join(', ');
  const lost = undelivered > 0 ? ` ${plural(undelivered, 'record')} did not reach the destination.` : '';
  const total = [...discards.values()].reduce((sum, count) => sum + count, 0);
  return `${plural(total, 'record')} ${total === 1 ? 'was' : 'were'} discarded: ${each}.${lost}`;
}

function fatesText({ fates }: Overview): string | undefined {
  if (fates.size === 0) return undefined;
  return `Records that took another way out: ${[...fates].map(([fate, count]) => `${formatCount(count)} ${fate}`).join(', ')}.`;
}

function waitText({ longestWait }: Overview): string | undefined {
  if (!longestWait) return undefined;
  return `The longest wait from arrival to first invocation was ${formatMs(longestWait.ms)}, for ${longestWait.record}.`;
}

function iteratorAgeText({ iteratorAgeMs, longestWait }: Overview): string | undefined {
  if (iteratorAgeMs === 0 || iteratorAgeMs === longestWait?.ms) return undefined;
  return `The iterator age (of a batch's last record, when it was invoked) reached ${formatMs(iteratorAgeMs)}.`;
}

function ruleLines(overview: Overview, look: Look): string[] {
  const counted = [...overview.rules].sort((a, b) => b[1] - a[1]);
  if (counted.length === 0) return [];
  const rows = counted
    .slice(0, mostRules)
    .map(([id, count]) => [
      `  ${formatCount(count)}`,
      id,
      isRuleId(id) ? `[${rules[id].grade}]` : '',
      isRuleId(id) ? rules[id].statement : '',
    ]);
  const rest = counted.length - mostRules;
  const more = rest > 0 ? [look.paint('dim', `  and ${plural(rest, 'other rule')}`)] : [];
  return [
    '',
    look.paint('strong', 'Rules applied'),
    ...columns(look, rows, [0]).map((line) => fit(look, line, look.width)),
    ...more,
  ];
}
