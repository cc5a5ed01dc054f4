/** The assertions about a run: each looks at its result and says what was wanted and what was. */

import { plainLook } from '../render/look.ts';
import { renderMisses } from '../render/misses.ts';
import { type ShownRun, totalsOf } from '../render/shown.ts';
import { listNames, plural } from '../render/text.ts';
import type { DiscardResult, Fate } from '../result/result.ts';
import type { Amount } from '../scenario/expectations.ts';
import { isAmount, timesText } from './amount.ts';
import { brokenOrder } from './order.ts';
import { recordOf, type Verdict } from './verdict.ts';

/** What a discard may be asked for. */
export type DiscardSubset = Partial<
  Pick<DiscardResult, 'condition' | 'approximateInvokeCount' | 'destination' | 'delivered' | 'mapping'>
>;

const look = plainLook(100);

export function deliver(run: ShownRun, record: string, times: Amount = { min: 1 }): Verdict {
  const { deliveries } = recordOf(run, record);
  return {
    pass: isAmount(deliveries, times),
    wanted: `deliver ${record} ${timesText(times)}`,
    actual: deliveries === 0 ? 'it was never delivered' : `it was delivered ${timesText(deliveries)}`,
  };
}

/** With a mapping's name: the record's fate there. Without one: its fate in the whole run. */
export function haveFate(run: ShownRun, record: string, fate: Fate, mapping?: string): Verdict {
  const found = recordOf(run, record);
  const actual = mapping === undefined ? found.fate : found.fates?.[mapping];
  if (actual === undefined) throw new Error(`The run says nothing about ${record} in a mapping "${mapping}".`);
  const where = mapping === undefined ? '' : ` in ${mapping}`;
  return { pass: actual === fate, wanted: `leave ${record} ${fate}${where}`, actual: `it is ${actual}` };
}

/** Without a record: all of them. */
export function succeed(run: ShownRun, record?: string): Verdict {
  if (record !== undefined) return haveFate(run, record, 'succeeded');
  const { records, fates } = totalsOf(run);
  const count = fates.succeeded ?? 0;
  const others = run.result.records.filter((one) => one.fate !== 'succeeded').map((one) => `${one.id} (${one.fate})`);
  const named = others.length > 0 ? `: not ${listNames(look, others, 100)}` : '';
  return {
    pass: count === records,
    wanted: 'let every record succeed',
    actual: `${count} of ${plural(records, 'record')} succeeded${named}`,
  };
}

export function discard(run: ShownRun, record: string, subset: DiscardSubset = {}): Verdict {
  recordOf(run, record);
  const found = run.result.discards.filter((one) => one.records.includes(record));
  const wanted = Object.entries(subset) as [keyof DiscardSubset, unknown][];
  const detail = wanted.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(' and ');
  return {
    pass: found.some((one) => wanted.every(([name, value]) => one[name] === value)),
    wanted: `discard ${record}${detail ? ` with ${detail}` : ''}`,
    actual:
      found.length === 0
        ? `it is ${recordOf(run, record).fate}`
        : `it was discarded with ${found.map(discardText).join(', and with ')}`,
  };
}

function discardText(one: DiscardResult): string {
  const to = one.destination === null ? 'no destination' : `destination ${one.destination}`;
  return `${one.condition} after ${plural(one.approximateInvokeCount, 'invocation')}, ${to}`;
}

/** With a queue: in that dead-letter queue at the end. */
export function deadLetter(run: ShownRun, record: string, queue?: string): Verdict {
  if (queue === undefined) return haveFate(run, record, 'dead-lettered');
  recordOf(run, record);
  const queues = Object.entries(run.result.queues).filter(([, messages]) =>
    messages.some((message) => message.record === record),
  );
  const names = queues.map(([name]) => name);
  return {
    pass: names.includes(queue),
    wanted: `leave ${record} in the dead-letter queue ${queue}`,
    actual: names.length > 0 ? `it lies in ${names.join(', ')}` : `it is ${recordOf(run, record).fate}`,
  };
}

export function invoke(run: ShownRun, times: Amount): Verdict {
  const { invocations } = totalsOf(run);
  return {
    pass: isAmount(invocations, times),
    wanted: `invoke ${timesText(times)}`,
    actual: `it invoked ${timesText(invocations)}`,
  };
}

/** The record ids of every invocation, in order of start. */
export function batch(run: ShownRun, batches: readonly (readonly string[])[]): Verdict {
  const actual = run.result.invocations.map((one) => one.records);
  const at = Array.from({ length: Math.max(batches.length, actual.length) }, (_, index) => index).find(
    (index) => JSON.stringify(batches[index]) !== JSON.stringify(actual[index]),
  );
  const said =
    at === undefined
      ? 'it did'
      : `invocation #${at + 1} had ${batchText(actual[at])} where ${batchText(batches[at])} was expected`;
  return { pass: at === undefined, wanted: `invoke with ${plural(batches.length, 'batch')} as listed`, actual: said };
}

function batchText(records: readonly string[] | undefined): string {
  return records === undefined ? 'nothing' : `[${listNames(look, records, 60)}]`;
}

export function keepOrder(run: ShownRun): Verdict {
  const breach = brokenOrder(run.result);
  return { pass: breach === undefined, wanted: 'keep the order of every lane', actual: breach ?? 'it did' };
}

export function haveNoViolations(run: ShownRun): Verdict {
  const [first] = run.result.violations;
  const count = plural(run.result.violations.length, 'invariant');
  const actual = first ? `${count} broke, the first ${first.invariant}: ${first.message}` : 'none broke';
  return { pass: first === undefined, wanted: 'break no invariant', actual };
}

/** The scenario's own `expect`. */
export function meetExpectations(run: ShownRun): Verdict {
  const misses = run.misses ?? [];
  const text = renderMisses(misses, look).join('\n');
  return { pass: misses.length === 0, wanted: 'meet the expectations of its scenario', actual: text || 'it met them' };
}

/** The mapping of the scenario is refused, with that code and a message that contains the text. */
export function refuse(run: ShownRun, code?: string, text = ''): Verdict {
  const { errors } = run.result;
  const pass = errors.some((error) => (code === undefined || error.code === code) && error.message.includes(text));
  const wanted = `be refused${code === undefined ? '' : ` with ${code}`}${text === '' ? '' : ` saying "${text}"`}`;
  const actual =
    errors.length === 0
      ? 'nothing was refused'
      : errors.map((error) => `it was refused with ${error.code}: ${error.message}`).join('; ');
  return { pass, wanted, actual };
}
