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

/** Ratios of rounds, and whether what is demanded holds. */
export function ratioRow(title, ones, others, least) {
  const ratios = ones.map(({ rate }, round) => rate / others[round].rate);
  const ratio = median(ratios);
  const verdict = least === undefined ? '' : ratio >= least ? `at least ${least}: holds` : `at least ${least}: MISSED`;
  row(title, ratio.toFixed(2).padStart(8), `(rounds: ${ratios.map((each) => each.toFixed(2)).join(' ')})`, verdict);
}

export function limitRow(title, value, unit, limit) {
  const verdict = value < limit ? `under ${limit} ${unit}: holds` : `under ${limit} ${unit}: MISSED`;
  row(title, `${value.toFixed(2).padStart(8)} ${unit}`, verdict);
}

export const load = () => `load average ${loadavg()[0].toFixed(1)}`;
