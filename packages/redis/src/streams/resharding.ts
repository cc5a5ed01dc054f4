/**
 * Splits and merges: the model decides, on what is known of the shards, and a script does it unless they have changed
 * meanwhile. What is closed carries the token of whoever closed it, so that a repetition after a lost connection is known.
 */
import { randomUUID } from 'node:crypto';
import type { Resharded } from '@millrace/runtime';
import type { ReshardOutcome, Shard, StreamState } from '@millrace/semantics';
import { revisionAfter } from '../substrate/link.ts';
import { copyOf, type Known, shardOf } from './known.ts';
import type { StreamLink } from './link.ts';
import { reshardScript } from './scripts.ts';

/** `shardIds`: what is to be closed. */
export async function reshard(
  link: StreamLink,
  shardIds: readonly string[],
  decide: (state: StreamState<never>) => ReshardOutcome,
): Promise<Resharded> {
  const token = randomUUID();
  for (;;) {
    const known = await link.known();
    const done = doneBy(token, known, shardIds);
    if (done) return done;
    const outcome = decide(copyOf(known));
    if (outcome.kind === 'refused') {
      // What was known may be out of date: a refusal is only given for what is there now.
      if ((await link.load())?.revision === known.revision) return outcome;
      await link.outdated(known);
      continue;
    }
    if (!(await link.callAs(known, reshardScript, argsOf(known, token, outcome)))) continue;
    await link.outdated(known);
    return { kind: 'resharded', closed: outcome.closed.map(idOf), opened: outcome.opened.map(idOf) };
  }
}

function doneBy(token: string, known: Known, shardIds: readonly string[]): Resharded | undefined {
  const closed = shardIds.flatMap((id) => shardOf(known, id) ?? []);
  const [first] = closed;
  if (!first || !closed.every(({ number }) => known.tokens.get(number) === token)) return undefined;
  return { kind: 'resharded', closed: closed.map(idOf), opened: first.childIds };
}

function argsOf(known: Known, token: string, { closed, opened }: ReshardOutcome & { kind: 'resharded' }) {
  const children = opened.map(({ number }) => number).join(',');
  return [
    revisionAfter(known),
    token,
    closed.length,
    ...closed.flatMap(({ number }) => [number, children]),
    ...opened.map((shard) => `${shard.startingHashKey} ${shard.endingHashKey} ${parentsOf(known, shard)}`),
  ];
}

function parentsOf(known: Known, { parentId, adjacentParentId }: Shard): string {
  return [parentId, adjacentParentId].map((id) => (id === null ? '-' : shardOf(known, id)!.number)).join(' ');
}

const idOf = ({ id }: Shard): string => id;
