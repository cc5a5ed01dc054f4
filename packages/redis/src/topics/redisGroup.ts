/** A consumer group on Redis: who is a member is kept there, who has which partition follows from it by the model. */
import type { Membership, TopicGroup } from '@millrace/runtime';
import { assignmentOf, type CommitOutcome, createGroup, type OffsetLag, rebalance } from '@millrace/semantics';
import { commitScript, committedScript, joinScript, lagScript, leaveScript } from './groupScripts.ts';
import type { TopicLink } from './link.ts';

export class RedisGroup implements TopicGroup {
  readonly #link: TopicLink;
  readonly #groupId: string;
  /** What members were last told; it holds for one generation of one topic. */
  readonly #told = new Map<string, Membership>();

  constructor(link: TopicLink, groupId: string) {
    this.#link = link;
    this.#groupId = groupId;
  }

  async join(memberId: string, sessionMs: number): Promise<Membership> {
    let told: Membership | undefined;
    const { known, answer } = await this.#link.call(joinScript, ({ generation: creation }) => {
      told = this.#told.get(memberId);
      const knows = told?.creation === creation ? told.generation : '';
      return [this.#groupId, memberId, sessionMs, knows];
    });
    const [, generation, partitions, ...members] = answer;
    if (members.length === 0 && told) return told;
    const membership: Membership = {
      creation: known.generation,
      generation: Number(generation),
      partitions: assigned(members, Number(partitions), memberId),
    };
    this.#told.set(memberId, membership);
    return membership;
  }

  async leave(memberId: string): Promise<void> {
    this.#told.delete(memberId);
    await this.#link.call(leaveScript, () => [this.#groupId, memberId]);
  }

  async committed(): Promise<Map<number, number>> {
    const { answer } = await this.#link.call(committedScript, () => [this.#groupId]);
    const offsets = new Map<number, number>();
    for (let at = 1; at < answer.length; at += 2) offsets.set(Number(answer[at]), Number(answer[at + 1]));
    return offsets;
  }

  async commit(...[memberId, generation, offsets]: Parameters<TopicGroup['commit']>): Promise<CommitOutcome> {
    const { answer } = await this.#link.call(commitScript, () => [
      this.#groupId,
      memberId === undefined ? '0' : '1',
      memberId ?? '',
      generation,
      ...[...offsets].flat(),
    ]);
    if (answer[0] === 'ok') return { kind: 'committed' };
    return { kind: 'refused', rule: 'kafka.commit-refused-after-rebalance' };
  }

  async lag(): Promise<OffsetLag> {
    const { answer } = await this.#link.call(lagScript, () => [this.#groupId]);
    return { sum: Number(answer[1]), max: Number(answer[2]) };
  }
}

/** The partitions of one of these members. */
function assigned(members: readonly string[], partitions: number, memberId: string): readonly number[] {
  const group = createGroup({ groupId: '', partitions });
  // The model's order, whatever the collation of Redis.
  const sorted = [...members].sort((one, other) => (one < other ? -1 : 1));
  group.members = sorted.map((each) => ({ memberId: each, partitions: [] }));
  rebalance(group);
  return assignmentOf(group, memberId);
}
