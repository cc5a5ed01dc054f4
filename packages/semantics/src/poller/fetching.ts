/** When a poller asks its source for more, and for how much. One fetch is on its way at a time. */
import type { RuleId } from '../rules/index.ts';
import { MAX_RECEIVE } from '../sources/queueReceive.ts';
import { GET_RECORDS_LIMITS } from '../sources/readLimits.ts';
import type { Millis } from '../vocabulary.ts';
import { isFull } from './bounds.ts';
import { isKafka, isQueue, pollEveryMs } from './config.ts';
import { windowDeadline } from './cut.ts';
import type { FetchOrder } from './facts.ts';
import type { Out } from './out.ts';
import { cutterOf, type PollerState, takeId } from './state.ts';

const GET_RECORDS_LIMIT = GET_RECORDS_LIMITS.kinesis.records;

/** Orders the next fetch when there is room for it. */
export function fetchMore(state: PollerState, out: Out): void {
  if (state.phase !== 'open' || state.shardEnded) return;
  if (state.relieved) withdraw(state, out);
  if (state.fetch) return;
  if (isQueue(state.config.kind)) receive(state, out);
  else if (isKafka(state.config.kind)) poll(state, out);
  else getRecords(state, out);
}

/** A slot receives while it has room in its batch and no other batch to wait for. */
function receive(state: PollerState, out: Out): void {
  const { config } = state;
  if (state.batches.size >= Math.min(config.concurrency, state.allowance)) return;
  const cutter = cutterOf(state, 0);
  const room = Math.min(MAX_RECEIVE, config.batchSize - cutter.ready);
  if (room <= 0) return;
  const visibilityMs = effectiveVisibilityMs(state);
  const untilMs = cutter.ready > 0 ? windowDeadline(cutter, config.batchWindowMs) : undefined;
  const rule = visibilityMs === undefined ? 'sqs.receives-up-to-ten' : 'sqs.window-lengthens-visibility';
  order(state, out, room, out.now, rule, { untilMs, visibilityMs });
}

/** With a batch window, messages are hidden long enough for window, function and a margin of 30 s. */
function effectiveVisibilityMs(state: PollerState): Millis | undefined {
  const { batchWindowMs, functionTimeoutMs, visibilityTimeoutMs, effectiveVisibility } = state.config;
  if (!effectiveVisibility || batchWindowMs === 0) return undefined;
  if (batchWindowMs + functionTimeoutMs <= visibilityTimeoutMs) return undefined;
  return batchWindowMs + functionTimeoutMs + 30_000;
}

function getRecords(state: PollerState, out: Out): void {
  const { config } = state;
  if (isFull(state)) return;
  const everyMs = pollEveryMs(config);
  const notBefore = state.lastAskedMs === undefined ? out.now : Math.max(out.now, state.lastAskedMs + everyMs);
  const rule = config.fanOut ? 'kinesis.fan-out-pushes-records' : 'stream.polls-at-a-base-rate';
  order(state, out, GET_RECORDS_LIMIT, notBefore, rule, { everyMs });
}

/** Partitions of which enough is held are paused, so that a blocked one does not fill the memory. */
function poll(state: PollerState, out: Out): void {
  const { config } = state;
  if (state.paused.size >= state.lanes.size) return;
  const except = state.paused.size > 0 ? [...state.paused] : undefined;
  order(state, out, Math.max(500, config.batchSize), out.now, 'kafka.polls-continuously', { except });
}

/** Takes back the fetch that is on its way. */
export function withdraw(state: PollerState, out: Out): void {
  state.relieved = false;
  if (!state.fetch) return;
  out.orders.push({ do: 'withdraw', id: state.fetch.id });
  state.fetch = undefined;
}

function order(
  state: PollerState,
  out: Out,
  maxRecords: number,
  notBefore: Millis,
  rule: RuleId,
  options: Partial<Pick<FetchOrder, 'everyMs' | 'untilMs' | 'visibilityMs' | 'except'>>,
): void {
  const id = takeId(state);
  state.fetch = { id };
  out.orders.push({
    do: 'fetch',
    id,
    maxRecords,
    notBefore: Math.max(notBefore, state.nextReceiveMs),
    everyMs: options.everyMs ?? 0,
    untilMs: options.untilMs,
    visibilityMs: options.visibilityMs,
    except: options.except,
    rule,
  });
}

/** A fetch was answered: provisioned pollers pay for it from their rates. */
export function pay(state: PollerState, bytes: number, now: Millis): void {
  const { receivesPerSecond, bytesPerSecond } = state.config;
  state.lastFetchMs = now;
  if (receivesPerSecond === undefined) return;
  const cost = Math.max(1000 / receivesPerSecond, bytesPerSecond ? (bytes * 1000) / bytesPerSecond : 0);
  state.nextReceiveMs = Math.max(state.nextReceiveMs, now) + cost;
}

/** After a failed fetch: ask again a little later. */
export function retryFetch(state: PollerState, out: Out): void {
  state.nextReceiveMs = Math.max(state.nextReceiveMs, out.now + 1000);
}
