/**
 * The control plane of a live run: the same as in virtual time, its calls made at the wall clock's time, its transitions
 * settled when they are due. What it says has changed is carried out by the run.
 */
import { createHash } from 'node:crypto';
import { newId, systemClock, type Timer, type Tracer } from '@millrace/runtime';
import { causeText, type MappingSettings, type Outcome } from '@millrace/semantics';
import {
  type CallLine,
  type ControlAnswer,
  type ControlEffect,
  ControlPlane,
  type ControlStage,
  createMapping,
  isFunctionOf,
  isSourceOf,
  lastResult,
  type MappingPlan,
  type Plan,
  worldOfPlan,
} from '@millrace/simulation';

/** A mapping that was created, by the file or by a call, as it is now. */
export interface CreatedMapping {
  readonly name: string;
  readonly uuid: string;
  settings: MappingSettings;
  /** It polls, or will in a moment. */
  running: boolean;
  /** What LastProcessingResult was last told. */
  lastResult?: string;
  /** When it began to poll for the first time. */
  startedMs?: number;
}

export interface ControlHands {
  started(mapping: CreatedMapping): Promise<void>;
  configured(mapping: CreatedMapping): void;
  stopped(mapping: CreatedMapping): void;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

export class LiveControl implements ControlStage {
  readonly control: ControlPlane;
  /** Every mapping that was ever created, in order. */
  readonly mappings: CreatedMapping[] = [];
  readonly #plan: Plan;
  readonly #tracer: Tracer;
  readonly #hands: ControlHands;
  readonly #names = new Map<string, string>();
  /** Name of the mapping of the file that is being created. */
  #creating: string | undefined;
  #timer: Timer | undefined;

  constructor(plan: Plan, tracer: Tracer, hands: ControlHands) {
    this.#plan = plan;
    this.#tracer = tracer;
    this.#hands = hands;
    this.control = new ControlPlane({
      world: worldOfPlan(plan),
      newUuid: () => this.#nextUuid(),
      transitionMs: plan.transitionMs,
    });
  }

  #nextUuid(): string {
    const uuid = this.#creating === undefined ? newId() : uuidOf(this.#plan, this.#creating);
    this.#names.set(uuid, this.#creating ?? uuid);
    return uuid;
  }

  nameOf(uuid: string): string | undefined {
    return this.#names.get(uuid);
  }

  now(): number {
    return systemClock.now();
  }

  say(line: CallLine): void {
    this.#tracer.emit({ at: systemClock.now(), ...line });
  }

  partiesOf(settings: MappingSettings): { readonly source: string; readonly function: string } {
    const source = this.#plan.sources.find((one) => isSourceOf(one, settings));
    const run = this.#plan.functions.find((one) => isFunctionOf(one, settings));
    return { source: source?.name ?? '', function: run?.name ?? '' };
  }

  /** Creates a mapping of the file; answers AWS's own words when it is refused. */
  async create(mapping: MappingPlan): Promise<ControlAnswer['error']> {
    this.#creating = mapping.name;
    const answer = createMapping(this, mapping);
    this.#creating = undefined;
    if (!answer.error) await this.apply(answer.effects);
    return answer.error;
  }

  /** Carries out what has changed, and sees to it that transitions are over when they are. */
  async apply(effects: readonly ControlEffect[]): Promise<void> {
    for (const effect of effects) await this.#applyOne(effect);
    this.#timer?.cancel();
    const nextMs = this.control.nextTransitionMs();
    if (nextMs === undefined) return;
    if (nextMs <= systemClock.now()) await this.#advance();
    else this.#timer = systemClock.at(nextMs, () => void this.#settle());
  }

  #advance(): Promise<void> {
    return this.apply(this.control.advance(systemClock.now()));
  }

  /** Nobody waits for what a timer does. */
  async #settle(): Promise<void> {
    try {
      await this.#advance();
    } catch (error) {
      this.#hands.log('error', causeText(error));
    }
  }

  async #applyOne(effect: ControlEffect): Promise<void> {
    const mapping = this.#follow(effect);
    if (!mapping) return;
    switch (effect.kind) {
      case 'created':
        break;
      case 'state':
        this.#traceState(mapping.name, effect);
        break;
      case 'started':
        await this.#hands.started(mapping);
        break;
      case 'configured':
        this.#hands.configured(mapping);
        break;
      case 'stopped':
      case 'deleted':
        this.#hands.stopped(mapping);
        break;
    }
  }

  /** What is known of a mapping follows what the control plane says. */
  #follow(effect: ControlEffect): CreatedMapping | undefined {
    const { uuid } = effect;
    if (effect.kind === 'created') {
      this.mappings.push({ name: this.#names.get(uuid) ?? uuid, uuid, settings: effect.settings, running: false });
    }
    const known = this.mappings.find((one) => one.uuid === uuid);
    if (!known || effect.kind === 'created' || effect.kind === 'state') return known;
    if ('settings' in effect) known.settings = effect.settings;
    if (effect.kind !== 'configured') known.running = effect.kind === 'started';
    if (effect.kind === 'started') known.startedMs ??= systemClock.now();
    return known;
  }

  #traceState(name: string, { state, reason, rule }: ControlEffect & { kind: 'state' }): void {
    this.#hands.log('info', `mapping ${name} is ${state}`);
    this.#tracer.emit({ at: systemClock.now(), what: 'state', mapping: name, rule, data: { state, reason } });
  }

  /** LastProcessingResult, as far as this process knows it. */
  processed(uuid: string, outcome: Outcome): void {
    const known = this.mappings.find((one) => one.uuid === uuid);
    const result = lastResult(outcome);
    if (!known || known.lastResult === result) return;
    known.lastResult = result;
    this.control.processed(uuid, result);
  }

  /** Transitions that are not over stay where they are. */
  close(): void {
    this.#timer?.cancel();
  }
}

/** The same mapping of the same file has the same id in every process and after every restart. */
function uuidOf(plan: Plan, mapping: string): string {
  const hex = createHash('sha256').update(`${plan.accountId}/${plan.region}/${plan.name}/${mapping}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
