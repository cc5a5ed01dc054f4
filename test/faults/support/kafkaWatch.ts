/**
 * Asks the brokers again and again what a group has committed and who is in it. A commit was there when it was seen. A
 * rebalance lies between two looks that differ, or while the group is not stable, and explains what comes again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Brokers } from '../../../packages/poller-kafka/test/support/kafka.ts';
import { type Halt, type MachineMs, machineNow } from './evidence.ts';
import type { SeenCommit } from './kafkaEvidence.ts';

const EVERY_MS = 60;

type Admin = ReturnType<Brokers['kafka']['admin']>;

interface Look {
  readonly members: string;
  readonly isStable: boolean;
  readonly askedMs: MachineMs;
  readonly answeredMs: MachineMs;
}

export class GroupWatch {
  readonly commits: SeenCommit[] = [];
  readonly rebalances: Halt[] = [];
  readonly #brokers: Brokers;
  readonly #topic: string;
  readonly #groupId: string;
  readonly #last = new Map<string, number>();
  readonly #ended: Promise<void>;
  #admin: Admin | undefined;
  #look: Look | undefined;
  #stopped = false;

  constructor(brokers: Brokers, topic: string, groupId: string) {
    this.#brokers = brokers;
    this.#topic = topic;
    this.#groupId = groupId;
    this.#ended = this.#watch();
  }

  /** The members of now, as far as is known. */
  get members(): number {
    return this.#look?.members.split(' ').filter(Boolean).length ?? 0;
  }

  /** Looks once more, and ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
    if (this.#admin) await this.#once(this.#admin).catch(() => {});
    await this.#admin?.disconnect();
    this.#admin = undefined;
  }

  /** kafkajs's admin does not see partitions that were added. */
  async renew(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.disconnect();
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      try {
        this.#admin ??= await this.#connected();
        await this.#once(this.#admin);
      } catch {
        await this.renew().catch(() => {});
      }
      await sleep(EVERY_MS);
    }
  }

  async #connected(): Promise<Admin> {
    const admin = this.#brokers.kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } });
    await admin.connect();
    return admin;
  }

  async #once(admin: Admin): Promise<void> {
    const askedMs = machineNow();
    const [{ groups }, [answer]] = await Promise.all([
      admin.describeGroups([this.#groupId]),
      admin.fetchOffsets({ groupId: this.#groupId, topics: [this.#topic] }),
    ]);
    const answeredMs = machineNow();
    for (const { partition, offset } of answer?.partitions ?? [])
      this.#commit(`${this.#topic}-${partition}`, Number(offset), answeredMs);
    const members = groups[0]?.members.map(({ memberId }) => memberId).sort() ?? [];
    const isStable = groups[0]?.state === 'Stable';
    this.#seen({ members: members.join(' '), isStable, askedMs, answeredMs });
  }

  #commit(lane: string, offset: number, atMs: MachineMs): void {
    if (offset < 0 || this.#last.get(lane) === offset) return;
    this.#last.set(lane, offset);
    this.commits.push({ lane, offset, atMs });
  }

  #seen(look: Look): void {
    const before = this.#look;
    this.#look = look;
    const isQuiet = look.isStable && before?.isStable && before.members === look.members;
    if (isQuiet) return;
    const fromMs = before?.askedMs ?? look.askedMs;
    const last = this.rebalances.at(-1);
    // What goes on without a pause is one.
    if (last && last.untilMs >= fromMs) this.rebalances.splice(-1, 1, { ...last, untilMs: look.answeredMs });
    else this.rebalances.push({ fromMs, untilMs: look.answeredMs });
  }
}
