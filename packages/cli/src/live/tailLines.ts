/** A line of the live trace, as a line for people. */
import {
  formatCount,
  formatMs,
  type Look,
  padEnd,
  plural,
  type Tone,
  type TraceLine,
  type TraceWhat,
} from '@millrace/simulation';

/** Every kind of line, with how it looks. */
const TONES: Readonly<Record<TraceWhat, Tone | undefined>> = {
  started: undefined,
  arrived: undefined,
  event: 'strong',
  called: 'strong',
  refused: 'bad',
  state: 'strong',
  opened: 'dim',
  closed: 'dim',
  fetched: 'dim',
  filtered: undefined,
  matched: undefined,
  skipped: undefined,
  invoke: undefined,
  'started-function': 'dim',
  settled: 'good',
  retry: 'warn',
  split: 'warn',
  rest: 'warn',
  wait: 'warn',
  discard: 'bad',
  discarded: 'bad',
  acknowledge: 'dim',
  acknowledged: 'dim',
  release: 'warn',
  'dead-lettered': 'bad',
  expired: 'bad',
  removed: 'warn',
  done: undefined,
  checkpoint: 'dim',
  scaled: 'warn',
  violation: 'bad',
  finished: undefined,
};

export const traceKinds = Object.keys(TONES) as readonly TraceWhat[];

const NAMES_SHOWN = 3;
const WIDEST_WHAT = Math.max(...traceKinds.map((what) => what.length));
const LONGEST_ERROR = 200;
/** Of a sequence number: shard and stream stand before them. */
const DIGITS_SHOWN = 24;

/** `12:34:56.789 orders-worker  settled  #12 success after 5ms: 10 records (…)  Why. [rule]` */
export function tailLine(line: TraceLine, look: Look): string {
  const { what, mapping, rule, why } = line;
  const place = mapping ?? line.poller ?? '';
  const about = [[shardOf(line), detailOf(line)].filter(Boolean).join(' '), namesOf(line)].filter(Boolean).join(': ');
  const reason = [why, rule && `[${rule}]`].filter(Boolean).join(' ');
  const text = [
    look.paint('dim', timeOf(line.at)),
    place,
    paintedWhat(line, look, padEnd(look, what, WIDEST_WHAT)),
    about,
    reason === '' ? '' : look.paint('dim', reason),
  ];
  return text.filter(Boolean).join('  ');
}

function paintedWhat({ what, data }: TraceLine, look: Look, text: string): string {
  const tone = toneOf(what, data);
  return tone === undefined ? text : look.paint(tone, text);
}

function toneOf(what: TraceWhat, data: TraceLine['data']): Tone | undefined {
  if (what === 'settled' && data?.outcome !== 'success') return 'bad';
  // Given up, and yet not lost.
  return what === 'discarded' && data?.delivered === true ? 'warn' : TONES[what];
}

/** Local time, as clocks on walls show it. */
function timeOf(atMs: number): string {
  const at = new Date(atMs);
  const two = (count: number) => String(count).padStart(2, '0');
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** Kinds of lines that say themselves where they belong. */
const SAYS_PLACE: ReadonlySet<TraceWhat> = new Set(['opened', 'closed', 'fetched', 'state', 'checkpoint']);

/** Sequence numbers do not say of which shard they are, as the names of a topic's records do of their partition. */
function shardOf({ what, poller = '' }: TraceLine): string {
  return poller.startsWith('shardId-') && !SAYS_PLACE.has(what) ? shownPoller(poller) : '';
}

/** A shard without the time at which its stream was made, which tells it from those of one that had its name before. */
function shownPoller(poller: unknown = ''): string {
  return String(poller).replace(/^(shardId-\d+)@\d+$/, '$1');
}

function detailOf({ what, data = {}, poller, mapping, rule }: TraceLine): string {
  const number = typeof data.invocation === 'number' ? `#${data.invocation} ` : '';
  switch (what) {
    case 'invoke':
      return `${number}attempt ${data.attempt}, closed by ${data.closedBy}`;
    case 'started-function':
      return `${number}${data.cold ? 'cold' : 'warm'}`;
    case 'settled':
      return `${number}${outcomeOf(data)}`;
    case 'scaled':
      return `${data.from} to ${data.to}`;
    case 'state':
      return String(data.state ?? shownPoller(poller));
    case 'opened':
      return `${shownPoller(poller)}${rule === 'kafka.rebalance-drops-what-is-held' ? ', anew after a rebalance' : ''}`;
    case 'closed':
      return `${shownPoller(poller ?? data.poller)}${data.ended === true ? ', ended' : ''}`;
    case 'checkpoint':
      return data.lane === undefined ? '' : `${data.lane} at ${shortName(String(data.position))}`;
    case 'discard':
      return String(data.condition ?? '');
    case 'discarded':
      return fateOf(data);
    case 'dead-lettered':
      return typeof data.receiveCount === 'number' ? `received ${plural(data.receiveCount, 'time')}` : '';
    default:
      return mapping === undefined || poller === undefined || what !== 'fetched' ? '' : poller;
  }
}

function outcomeOf(data: Readonly<Record<string, unknown>>): string {
  const { outcome, startMs, endMs, error, errorMessage, reason, failed } = data;
  const took = typeof startMs === 'number' && typeof endMs === 'number' ? ` after ${formatMs(endMs - startMs)}` : '';
  const said = [error, errorMessage ?? reason].filter((one) => typeof one === 'string').join(': ');
  const parts = Array.isArray(failed) ? `, ${formatCount(failed.length)} failed` : '';
  return `${outcome}${took}${parts}${said && ` (${said.slice(0, LONGEST_ERROR).replaceAll(/\s+/g, ' ')})`}`;
}

function fateOf({ fate, delivered, destination, problem }: Readonly<Record<string, unknown>>): string {
  if (fate === 'expired') return 'expired';
  if (typeof destination !== 'string') return 'dropped, without a destination';
  if (delivered === true) return `delivered to ${shortArn(destination)}`;
  const because = typeof problem === 'string' ? ` (${problem.slice(0, LONGEST_ERROR)})` : '';
  return `not delivered to ${shortArn(destination)}${because}`;
}

/** `sqs failed`, of an ARN. */
function shortArn(text: string): string {
  const [scheme, , service, , , ...name] = text.split(':');
  return scheme === 'arn' && name.length > 0 ? `${service} ${name.join(':')}` : text;
}

function namesOf({ what, records, data }: TraceLine): string {
  // A checkpoint says its position.
  if (what === 'checkpoint' && data?.lane !== undefined) return '';
  if (!records || records.length === 0) return '';
  const names = records.slice(0, NAMES_SHOWN).map(shortName).join(', ');
  const more = records.length - NAMES_SHOWN;
  return `${plural(records.length, 'record')} (${names}${more > 0 ? ` and ${formatCount(more)} more` : ''})`;
}

/** A UUID is known by its beginning, a long sequence number by its end; the whole stands in `--json`. */
function shortName(name: string): string {
  if (/^\d{32,}$/.test(name)) return `…${name.slice(-DIGITS_SHOWN)}`;
  return /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(name) ? `${name.slice(0, 8)}…` : name;
}
