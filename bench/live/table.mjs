/** What the benches print: medians of rounds, with every round beside them. */
import { loadavg } from 'node:os';

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const count = (value) => Math.round(value).toLocaleString('en');

export const row = (title, ...columns) => console.log(`  ${title.padEnd(34)} ${columns.join('  ')}`);

/** One side of a comparison: its rate, and what a record cost it. */
export function rateRow(title, results, unit = 'messages/s') {
  const rate = count(median(results.map(({ rate }) => rate))).padStart(8);
  const cpu = median(results.map(({ cpuMicros }) => cpuMicros)).toFixed(0);
  row(title, `${rate} ${unit}`, Number.isNaN(Number(cpu)) ? '' : `${cpu} µs CPU each`);
}

/** A median that passes proves nothing while single rounds do not: then the machine was too busy to tell. */
function verdict(what, values, passes) {
  if (!passes(median(values))) return `${what}: MISSED`;
  return values.every(passes) ? `${what}: holds` : `${what}: NOT SETTLED, rounds disagree`;
}

/** Ratios of rounds, and whether what is demanded holds. */
export function ratioRow(title, ones, others, least) {
  const ratios = ones.map(({ rate }, round) => rate / others[round].rate);
  const ratio = median(ratios);
  const said = verdict(`at least ${least}`, ratios, (one) => one >= least);
  row(title, ratio.toFixed(2).padStart(8), `(rounds: ${ratios.map((each) => each.toFixed(2)).join(' ')})`, said);
}

export function limitRow(title, values, unit, limit) {
  const said = verdict(`under ${limit} ${unit}`, values, (one) => one < limit);
  row(title, `${median(values).toFixed(2).padStart(8)} ${unit}`, said);
}

export const load = () => `load average ${loadavg()[0].toFixed(1)}`;
