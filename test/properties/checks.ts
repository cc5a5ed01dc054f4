/** The properties of one scenario. Each answers with what is wrong, in sentences. */
import { resultOfTrace, type ScenarioDocument } from '@millrace/simulation';
import { chaos, runDocument, type TracedRun } from './runs.ts';
import { untruths } from './truths.ts';

/** What must hold of any scenario; `chaosSeed` decides what is disturbed. */
export interface Check {
  readonly name: string;
  readonly check: (document: ScenarioDocument, chaosSeed: number) => Promise<readonly string[]>;
}

export const undisturbed: Check = {
  name: 'breaks no invariant, and ends',
  check: async (document) => untruths(await runDocument(document)),
};

export const repeated: Check = {
  name: 'runs the same way twice',
  check: async (document) => differences(await runDocument(document), await runDocument(document)),
};

export const retold: Check = {
  name: 'is told whole by its trace',
  check: async (document) => {
    const { header, lines, result } = await runDocument(document);
    const read = resultOfTrace(throughFile(header), lines.map(throughFile));
    return difference('result', JSON.stringify(result), JSON.stringify(read));
  },
};

export const woken: Check = {
  name: 'does not change with extra wake-ups',
  check: async (document, chaosSeed) => {
    const draw = chaos(chaosSeed);
    const disturbed = await runDocument(document, { extraWakes: () => draw(3) === 0 });
    return differences(await runDocument(document), disturbed);
  },
};

export const lateWakes: Check = {
  name: 'breaks no invariant when wake-ups come late',
  check: async (document, chaosSeed) => {
    const draw = chaos(chaosSeed);
    return untruths(await runDocument(document, { lateness: () => (draw(2) === 0 ? 0 : draw(500)) }));
  },
};

export const otherOrder: Check = {
  name: 'breaks no invariant whatever comes first at one instant',
  check: async (document, chaosSeed) => {
    const run = await runDocument(document, { shuffle: chaos(chaosSeed) });
    const wrong = untruths(run);
    if (wrong.length > 0 || !isSmooth(document)) return wrong;
    return difference('fates', fatesOf(await runDocument(document)), fatesOf(run));
  },
};

/** Nothing fails, nothing is disturbed, nobody competes: then every record ends as it would in any other order. */
function isSmooth({ mappings, events, function: only, account, until }: ScenarioDocument): boolean {
  const isAlone =
    until === undefined && mappings === undefined && account === undefined && only?.reservedConcurrency === undefined;
  const isQuick = only?.duration === '10ms' || only?.duration === 0;
  return isAlone && isQuick && (only?.behavior ?? []).length === 0 && (events ?? []).length === 0;
}

function fatesOf({ result }: TracedRun): string {
  return result.records.map(({ id, fate }) => `${id} ${fate}`).join('\n');
}

/** As it comes back from a file. */
function throughFile<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function differences(one: TracedRun, other: TracedRun): string[] {
  const traces = difference('trace', asFile(one), asFile(other));
  return [...traces, ...difference('result', JSON.stringify(one.result), JSON.stringify(other.result))];
}

function asFile({ lines }: TracedRun): string {
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** The first place at which two texts differ. */
function difference(what: string, one: string, other: string): string[] {
  if (one === other) return [];
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 200), at + 200);
  return [`the ${what}s differ:\n  ${around(one)}\n  ${around(other)}`];
}
