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

/** The same where a record costs little, and where something serves both sides: its share is told. */
export function recordRow(title, results) {
  const rate = count(median(results.map(({ rate }) => rate))).padStart(8);
  const all = median(results.map(({ cpuMicros }) => cpuMicros)).toFixed(1);
  const shared = median(results.map(({ sharedMicros }) => sharedMicros)).toFixed(1);
  row(title, `${rate} records/s`, Number.isNaN(Number(all)) ? '' : `${all} µs CPU each, of it ${shared} where shared`);
}

/** How much less CPU a record costs the others: of all processes, and without what serves both sides. Steadier than rates. */
export function cpuRatioRow(ones, others) {
  const own = ({ cpuMicros, sharedMicros }) => cpuMicros - sharedMicros;
  const ratio = (cost) => median(ones.map((one, round) => cost(others[round]) / cost(one))).toFixed(2);
  row('… in CPU per record', ratio(({ cpuMicros }) => cpuMicros).padStart(8), `(${ratio(own)} without what is shared)`);
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

/** How many times as much something costs, and whether that is within what is allowed. */
export function growthRow(title, ones, others, cost, most) {
  const ratios = ones.map((one, round) => cost(one) / cost(others[round]));
  const said = verdict(`at most ${most}`, ratios, (one) => one <= most);
  row(
    title,
    `${median(ratios).toFixed(2).padStart(8)}×`,
    `(rounds: ${ratios.map((each) => each.toFixed(2)).join(' ')})`,
    said,
  );
}

/** The middle and the longest of some times. */
export function timesRow(title, timesMs, what) {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const middle = `p50 ${sorted[Math.floor((sorted.length - 1) / 2)]} ms`.padStart(13);
  row(title, `${middle}, longest ${sorted.at(-1)} ms`, `(${sorted.length} ${what})`);
}

export const load = () => `load average ${loadavg()[0].toFixed(1)}`;
