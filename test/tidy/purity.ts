/**
 * The rules and the simulator are told the time and draw from a seed. What a browser also runs uses no global of Node.
 * A name that is only mentioned counts, too: `const now = Date.now` reads the clock as surely as a call.
 */
import { type RingEntry, rings } from './rings.ts';
import { type Check, dotted, finding, type Node, nodesOf, placeOf, type Source } from './source.ts';

const clocks = [
  'Date.now',
  'performance.now',
  'Math.random',
  'process.hrtime',
  'crypto.randomUUID',
  'crypto.getRandomValues',
];
const timers = ['setTimeout', 'setInterval', 'setImmediate'];
const nodeGlobals = ['process', 'Buffer', '__dirname', '__filename', 'require'];

/** Clocks, random sources and timers in packages that are told the time. */
export const checkTimeless: Check = (source) => {
  const own = entryOf(source);
  if (!own?.entry.timeless || own.entry.clockFiles?.includes(own.below)) return [];
  return [...clockReads(source), ...datesOfNow(source), ...timerCalls(source)];
};

/** Globals of Node in packages that run in a browser. */
export const checkBrowser: Check = (source) => {
  const own = entryOf(source);
  if (!own?.entry.browser || own.entry.nodeDirs?.some((dir) => own.below.startsWith(`${dir}/`))) return [];
  const members = nodesOf(source, 'MemberExpression').map((node) => node.object as Node);
  const calls = nodesOf(source, 'CallExpression').map((node) => node.callee as Node);
  return [...members, ...calls]
    .filter((node) => nodeGlobals.includes(dotted(node)))
    .map((node) => finding(source, node, `${dotted(node)} does not exist in a browser`));
};

function entryOf(source: Source): { readonly entry: RingEntry; readonly below: string } | undefined {
  const place = placeOf(source.path);
  const entry = place && rings[place.pkg];
  return entry ? { entry, below: place.below } : undefined;
}

function clockReads(source: Source): readonly string[] {
  return nodesOf(source, 'MemberExpression').flatMap((node) => {
    const name = dotted(node).replace(/^(globalThis|window|self)\./, '');
    return clocks.includes(name) ? [finding(source, node, `${name}: the time and the seed are handed in`)] : [];
  });
}

function datesOfNow(source: Source): readonly string[] {
  const made = nodesOf(source, 'NewExpression', 'CallExpression').filter((node) => dotted(node.callee) === 'Date');
  return made
    .filter((node) => node.type === 'CallExpression' || (node.arguments as readonly Node[]).length === 0)
    .map((node) => finding(source, node, 'Date without an argument reads the clock: the time is handed in'));
}

function timerCalls(source: Source): readonly string[] {
  return nodesOf(source, 'CallExpression')
    .filter((node) => timers.includes(dotted(node.callee).replace(/^globalThis\./, '')))
    .map((node) => finding(source, node, `${dotted(node.callee)}: no rule and no virtual run waits in real time`));
}
