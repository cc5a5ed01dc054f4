/**
 * Lambda's control plane for event source mappings, over plain state: the eight operations, as AWS answers them. It
 * reads no clock and draws no random numbers: the time of each call and the new UUIDs are handed in. Invariants:
 * 1. A refused call changes nothing and has no effects of its own.
 * 2. Transitions that are due are settled before a call is looked at; a transition that takes 0 ms is seen once, in the
 *    answer that began it, and is settled for the next call of the same instant.
 */
import {
  changedConfiguration,
  type FilterProblem,
  inUse,
  type MappingConfiguration,
  type MappingWorld,
  newConfiguration,
  notFound,
  parseMappingRequest,
  type SurroundingWorld,
  settingsOf,
  shapeProblem,
  uuidShape,
  withoutNulls,
} from '@millrace/aws-shapes';
import {
  createLifecycle,
  isInUse,
  type LifecycleRequest,
  type Millis,
  requestLifecycle,
  stateTransitionReason,
} from '@millrace/semantics';
import { answered, refused } from './answers.ts';
import { listMappings } from './list.ts';
import type { ControlAnswer, ControlEffect, ControlledMapping, ControlState } from './state.ts';
import { listTags, tagResource, untagResource } from './tags.ts';
import { nextTransition, settleDue, stateEffect } from './transitions.ts';

export interface ControlPlaneOptions {
  /** What exists around the mappings. */
  readonly world: SurroundingWorld;
  /** A new UUID for each new mapping, from the run's seed. */
  readonly newUuid: () => string;
  /** How long Creating, Enabling, Disabling, Updating and Deleting last; 0 by default. */
  readonly transitionMs?: Millis;
}

/** An empty memory. */
export function newControlState(): ControlState {
  return { lastOrdinal: 0, mappings: {} };
}

type Operation = (input: unknown, nowMs: Millis) => ControlAnswer;

export class ControlPlane {
  readonly #world: SurroundingWorld;
  readonly #newUuid: () => string;
  readonly #transitionMs: Millis;
  readonly #operations: Readonly<Record<string, Operation>>;
  /** Plain data: may be saved, and handed to another control plane. */
  readonly state: ControlState;

  constructor(options: ControlPlaneOptions, state: ControlState = newControlState()) {
    this.#world = options.world;
    this.#newUuid = options.newUuid;
    this.#transitionMs = options.transitionMs ?? 0;
    this.state = state;
    this.#operations = {
      CreateEventSourceMapping: (input, nowMs) => this.#create(input, nowMs),
      GetEventSourceMapping: (input) => this.#onMapping(input, (entry) => answered(200, entry.configuration)),
      ListEventSourceMappings: (input) => listMappings(state, input),
      UpdateEventSourceMapping: (input, nowMs) => this.#update(input, nowMs),
      DeleteEventSourceMapping: (input, nowMs) => this.#onMapping(input, (entry) => this.#delete(entry, nowMs)),
      TagResource: (input) => tagResource(state, input),
      UntagResource: (input) => untagResource(state, input),
      ListTags: (input) => listTags(state, input),
    };
  }

  /** Answers one call, made at `nowMs` (milliseconds since the epoch). Never throws for what a caller may send. */
  call(api: string, input: unknown, nowMs: Millis): ControlAnswer {
    const due = this.advance(nowMs);
    const operation = Object.hasOwn(this.#operations, api) ? this.#operations[api] : undefined;
    const answer = operation === undefined ? this.#unknown(api) : operation(input, nowMs);
    return due.length === 0 ? answer : { ...answer, effects: [...due, ...answer.effects] };
  }

  /** Settles the transitions that are due by `nowMs` and says what that changed. */
  advance(nowMs: Millis): ControlEffect[] {
    const next = this.nextTransitionMs();
    return next === undefined || next > nowMs ? [] : settleDue(this.state, nowMs);
  }

  /** When to call `advance` next; undefined while no mapping is in a transition. */
  nextTransitionMs(): Millis | undefined {
    return nextTransition(this.state);
  }

  /** Says how the last invocation of a mapping went: its LastProcessingResult. Queues have none. */
  processed(uuid: string, result: string): void {
    const entry = this.state.mappings[uuid];
    if (entry?.configuration.LastProcessingResult === undefined) return;
    this.#store({ ...entry, configuration: { ...entry.configuration, LastProcessingResult: result } });
  }

  /** A mapping that exists, by its UUID. */
  mapping(uuid: string): ControlledMapping | undefined {
    return this.state.mappings[uuid];
  }

  #create(input: unknown, nowMs: Millis): ControlAnswer {
    const parsed = parseMappingRequest('create', input, this.#worldAt(nowMs));
    if (!parsed.ok) return refused(parsed.refusal);
    const { kind, parameters, tags, enabled = true } = parsed;
    const { lifecycle, rule } = createLifecycle(enabled, { nowMs, transitionMs: this.#transitionMs });
    const { region, accountId } = this.#world;
    const identity = { uuid: this.#newUuid(), region, accountId, nowMs };
    const shown = { State: lifecycle.state, StateTransitionReason: stateTransitionReason(kind) };
    const configuration = newConfiguration(kind, parameters, identity, shown);
    this.state.lastOrdinal += 1;
    const settings = settingsOf(configuration);
    const entry = { ordinal: this.state.lastOrdinal, lifecycle, configuration, settings, tags };
    this.#store(entry);
    return answered(202, configuration, rule, [
      { kind: 'created', uuid: identity.uuid, atMs: nowMs, settings },
      stateEffect(entry, nowMs, rule),
    ]);
  }

  #update(input: unknown, nowMs: Millis): ControlAnswer {
    const { UUID, ...request } = Object(withoutNulls(input)) as Readonly<Record<string, unknown>>;
    return this.#onMapping({ UUID }, (entry) => {
      if (isInUse(entry.lifecycle)) return refused(inUse('mapping.state-in-use', 'update'));
      const parsed = parseMappingRequest('update', request, this.#worldAt(nowMs), entry.configuration);
      if (!parsed.ok) return refused(parsed.refusal);
      const configuration = changedConfiguration(entry.configuration, parsed.parameters, nowMs);
      const { enabled } = parsed;
      return this.#transition(
        entry,
        configuration,
        { kind: 'update', ...(enabled !== undefined && { enabled }) },
        nowMs,
      );
    });
  }

  #delete(entry: ControlledMapping, nowMs: Millis): ControlAnswer {
    return this.#transition(entry, entry.configuration, { kind: 'delete' }, nowMs);
  }

  /** Begins a transition and answers with the configuration in its new state. */
  #transition(
    entry: ControlledMapping,
    shown: MappingConfiguration,
    request: LifecycleRequest,
    nowMs: Millis,
  ): ControlAnswer {
    const answer = requestLifecycle(entry.lifecycle, request, { nowMs, transitionMs: this.#transitionMs });
    if (!answer.ok) return refused(inUse(answer.rule, request.kind));
    const { lifecycle, rule } = answer;
    const configuration = { ...shown, State: lifecycle.state };
    const changed = { ...entry, lifecycle, configuration };
    this.#store(changed);
    const effects: ControlEffect[] = [stateEffect(changed, nowMs, rule)];
    if (lifecycle.state === 'Disabling' || lifecycle.state === 'Deleting') {
      effects.push({ kind: 'stopped', uuid: configuration.UUID, atMs: nowMs });
    }
    return answered(202, configuration, rule, effects);
  }

  /** The mapping that a call names, or why there is none. */
  #onMapping(input: unknown, operation: (entry: ControlledMapping) => ControlAnswer): ControlAnswer {
    const given = withoutNulls(input);
    const problem = shapeProblem(uuidShape, given);
    if (problem !== undefined) return refused(problem);
    const uuid = String(Reflect.get(Object(given), 'UUID'));
    const entry = Object.hasOwn(this.state.mappings, uuid) ? this.state.mappings[uuid] : undefined;
    if (entry !== undefined) return operation(entry);
    return refused(notFound('parameters.unknown-mapping', 'The resource you requested does not exist.'));
  }

  #store(entry: ControlledMapping): void {
    this.state.mappings[entry.configuration.UUID] = entry;
  }

  #worldAt(nowMs: Millis): MappingWorld {
    const world = this.#world;
    return {
      region: world.region,
      accountId: world.accountId,
      functionOf: (reference) => world.functionOf(reference),
      queue: (arn) => world.queue(arn),
      streamExists: (arn) => world.streamExists(arn),
      clusterExists: (arn) => world.clusterExists(arn),
      filterProblem: (patterns, kind): FilterProblem | undefined => world.filterProblem(patterns, kind),
      nowMs,
      mappings: Object.values(this.state.mappings).map((entry) => entry.configuration),
    };
  }

  /** No rule of AWS: only a program can ask for it, a scenario file is refused before it runs. */
  #unknown(api: string): ControlAnswer {
    const message = `The operation ${api} is not supported; use one of ${Object.keys(this.#operations).join(', ')}.`;
    const error = { code: 'UnknownOperationException', message };
    return { status: 400, body: { Type: 'User', message }, error, effects: [] };
  }
}
