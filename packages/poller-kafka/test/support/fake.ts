/** A topic and its group that do what a test tells them. */
import type { PartitionOffsets, StartingPosition } from '@millrace/semantics';
import {
  type Assignment,
  type CommittedOffset,
  type GroupMember,
  type MemberEvents,
  type Taker,
  type TopicClient,
  TopicUnavailable,
} from '../../src/client.ts';

export const QUIET: MemberEvents = {
  assigned: () => {},
  lost: () => {},
  troubled: () => {},
  recovered: () => {},
};

export class FakeMember implements GroupMember {
  readonly events: MemberEvents;
  readonly commits: (readonly [number, number])[][] = [];
  readonly paused = new Set<number>();
  taker: Taker | undefined;
  generation = 0;
  rests = 0;
  hasLeft = false;
  /** What the next commits come to: an answer, or `down`; true when there is none. */
  outcomes: (boolean | 'down')[] = [];
  readonly #client: FakeTopic;

  constructor(client: FakeTopic, events: MemberEvents) {
    this.#client = client;
    this.events = events;
  }

  assign(partitions: readonly number[]): Assignment {
    this.generation += 1;
    this.events.lost();
    const assignment = { generation: this.generation, partitions };
    this.events.assigned(assignment);
    return assignment;
  }

  read(_generation: number, taker: Taker): void {
    this.taker = taker;
  }

  rest(): void {
    this.taker = undefined;
    this.rests += 1;
  }

  pause(partition: number): void {
    this.paused.add(partition);
  }

  resume(partition: number): void {
    this.paused.delete(partition);
  }

  async commit(generation: number, offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const outcome = this.outcomes.shift() ?? true;
    await Promise.resolve();
    if (outcome === 'down') throw new TopicUnavailable('the brokers are away');
    if (!outcome || generation !== this.generation) return false;
    this.commits.push([...offsets]);
    for (const [partition, offset] of offsets) this.#client.group.set(partition, { offset, own: true });
    return true;
  }

  leave(): Promise<void> {
    this.hasLeft = true;
    return Promise.resolve();
  }
}

export class FakeTopic implements TopicClient {
  readonly topic = 't';
  readonly marksCommits = true;
  readonly members: FakeMember[] = [];
  readonly group = new Map<number, CommittedOffset>();
  log: PartitionOffsets[];
  /** What it cannot do just now. */
  isDown = false;

  constructor(log: readonly (readonly [earliest: number, latest: number])[]) {
    this.log = log.map(([earliest, latest], partition) => ({ partition, earliest, latest }));
  }

  facts() {
    return Promise.resolve({ retentionMs: 60_000, timestampType: 'CREATE_TIME' as const });
  }

  partitions() {
    return Promise.resolve(this.log.length);
  }

  offsets() {
    return this.isDown ? Promise.reject(new TopicUnavailable('the brokers are away')) : Promise.resolve(this.log);
  }

  startsAt(position: StartingPosition) {
    const of = ({ earliest, latest }: PartitionOffsets) => {
      if (position === 'LATEST') return latest;
      return position === 'TRIM_HORIZON' ? earliest : Math.floor((earliest + latest) / 2);
    };
    return Promise.resolve(new Map(this.log.map((each) => [each.partition, of(each)])));
  }

  committed() {
    return Promise.resolve(new Map(this.group));
  }

  join(_name: string, events: MemberEvents): FakeMember {
    const member = new FakeMember(this, events);
    this.members.push(member);
    return member;
  }

  close() {
    return Promise.resolve();
  }
}
