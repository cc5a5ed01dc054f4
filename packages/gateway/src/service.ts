/**
 * What every operation works with: the queues, whose they are, and what the gateway remembers between requests.
 *
 * A queue's definition is remembered for a second, so that a request costs the substrate one call and not two. Changes made
 * through this gateway count at once, those made elsewhere within that second (SQS itself takes up to a minute).
 */
import type { Clock, Queue, QueueDefinition, Queues } from '@millrace/runtime';
import { invalidParameter, missing, noSuchQueue, SqsError } from './errors.ts';
import { MoveTasks } from './moves/moveTasks.ts';
import { ReceiveAttempts } from './queues/receiveAttempts.ts';

export interface ServiceOptions {
  readonly queues: Queues;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
}

/** One request, as far as an operation needs to know it. */
export interface Call {
  /** Where the client thinks that it is: `http://host:port`. Queue URLs begin with it. */
  readonly origin: string;
  /** The path of the request's URL. */
  readonly path: string;
  /** Says when nobody waits for the answer any more. Asked for only by what waits. */
  signal(): AbortSignal;
}

export interface KnownQueue {
  readonly definition: QueueDefinition;
  readonly queue: Queue;
}

const REMEMBERED_MS = 1000;
const REMEMBERED_AT_MOST = 10_000;
const PURGE_EVERY_MS = 60_000;

export class Service {
  readonly queues: Queues;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly moves: MoveTasks;
  readonly attempts: ReceiveAttempts;
  readonly #known = new Map<string, KnownQueue & { readonly untilMs: number }>();
  readonly #purgedAtMs = new Map<string, number>();

  constructor({ queues, region, accountId, clock }: ServiceOptions) {
    this.queues = queues;
    this.region = region;
    this.accountId = accountId;
    this.clock = clock;
    this.moves = new MoveTasks(queues, clock);
    this.attempts = new ReceiveAttempts(clock);
  }

  /** The queue that a request means, by its QueueUrl or by the request's own path. */
  async queueOf(queueUrl: string | undefined, call: Call): Promise<KnownQueue> {
    const known = await this.find(this.nameOf(queueUrl, call));
    if (!known) throw noSuchQueue();
    return known;
  }

  async find(name: string): Promise<KnownQueue | undefined> {
    const nowMs = this.clock.now();
    const known = this.#known.get(name);
    if (known && known.untilMs > nowMs) return known;
    const definition = await this.queues.find(name);
    if (!definition) {
      this.forget(name);
      return undefined;
    }
    return this.remember(definition);
  }

  remember(definition: QueueDefinition): KnownQueue {
    if (this.#known.size >= REMEMBERED_AT_MOST) this.#known.clear();
    const queue = this.queues.open(definition.name);
    const known = { definition, queue, untilMs: this.clock.now() + REMEMBERED_MS };
    this.#known.set(definition.name, known);
    return known;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Every queue of this account, straight from the substrate. */
  async all(): Promise<QueueDefinition[]> {
    const names = await this.queues.list('');
    const definitions = await Promise.all(names.map((name) => this.queues.find(name)));
    return definitions.filter((definition) => definition !== undefined);
  }

  urlOf(name: string, { origin }: Call): string {
    return `${origin}/${this.accountId}/${name}`;
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:${this.region}:${this.accountId}:${name}`;
  }

  /** The name in an ARN of this account and region; undefined for every other ARN. */
  nameInArn(arn: string): string | undefined {
    const prefix = this.arnOf('');
    return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
  }

  /** Whether a purge may begin now. AWS allows one in 60 seconds. */
  mayPurge(name: string): boolean {
    const nowMs = this.clock.now();
    if ((this.#purgedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) + PURGE_EVERY_MS > nowMs) return false;
    if (this.#purgedAtMs.size >= REMEMBERED_AT_MOST) this.#purgedAtMs.clear();
    this.#purgedAtMs.set(name, nowMs);
    return true;
  }

  /** What was true of a queue that is gone is not true of the next one of its name. */
  removed(name: string): void {
    this.forget(name);
    this.#purgedAtMs.delete(name);
  }

  private nameOf(queueUrl: string | undefined, { path }: Call): string {
    const place = queueUrl ?? path;
    const parts = /\/(\d+)\/([^/?#]+)$/.exec(place);
    if (!parts) throw queueUrl === undefined ? missing('QueueUrl') : badAddress(queueUrl);
    const [, account, name] = parts;
    if (account !== this.accountId) throw noSuchQueue();
    return name!;
  }
}

export function requireText(value: string | undefined, parameter: string): string {
  if (value === undefined || value === '') throw missing(parameter);
  return value;
}

/** @throws {SqsError} when a number that was given is not between two others */
export function requireBetween(value: number, low: number, high: number, parameter: string, reason: string): number {
  if (value < low || value > high) throw invalidParameter(parameter, value, reason);
  return value;
}

function badAddress(address: string): SqsError {
  return new SqsError('InvalidAddress', `The address ${address} is not valid for this endpoint.`);
}
