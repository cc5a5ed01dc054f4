/**
 * Calls to the control plane: those that create the file's mappings, those of the file, and those that its events make.
 * The same in virtual time and against the wall clock; each has a stage, which carries out what the calls change.
 */
import type { CreatedMapping, MappingSettings, Millis, RuleId } from '@millrace/semantics';
import type { EventPlan, MappingPlan } from '../scenario/plan.ts';
import type { ControlPlane } from './control-plane.ts';
import type { ControlAnswer, ControlEffect } from './state.ts';

/** What a call says in the trace. */
export interface CallLine {
  readonly what: 'called' | 'refused';
  readonly rule?: RuleId;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ControlStage {
  readonly control: ControlPlane;
  /** Every mapping that was ever created, in order. */
  readonly mappings: readonly { readonly uuid: string }[];
  now(): Millis;
  say(line: CallLine): void;
  /** Names of what a mapping reads, and for whom. */
  partiesOf(settings: MappingSettings): { readonly source: string; readonly function: string };
  /** Carries out what the control plane says has changed; names new mappings by `nameOf`. */
  apply(effects: readonly ControlEffect[], nameOf: (uuid: string) => string): void | Promise<void>;
}

export interface ControlCall {
  readonly api: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** `call` is answered in the result; a refused `event` is an error of the run. */
  readonly from: 'call' | 'event';
}

/** The call that an event is, if it is one; `uuidOf` knows the mappings of the file that exist. */
export function callOfEvent(
  event: EventPlan,
  uuidOf: (mapping: number) => string | undefined,
): ControlCall | 'no-mapping' | undefined {
  switch (event.do) {
    case 'call':
      return { api: event.call.api, input: event.call.with, from: 'call' };
    case 'update-mapping':
      return onMapping('UpdateEventSourceMapping', uuidOf(event.mapping), event.set);
    case 'disable':
    case 'enable':
      return onMapping('UpdateEventSourceMapping', uuidOf(event.mapping), { Enabled: event.do === 'enable' });
    case 'delete-mapping':
      return onMapping('DeleteEventSourceMapping', uuidOf(event.mapping), {});
    default:
      return undefined;
  }
}

/** A mapping that was refused at the start does not exist; events on it change nothing. */
function onMapping(api: string, uuid: string | undefined, input: object): ControlCall | 'no-mapping' {
  return uuid === undefined ? 'no-mapping' : { api, input: { UUID: uuid, ...input }, from: 'event' };
}

/** Makes a call now. */
export function callControl(stage: ControlStage, { api, input, from }: ControlCall): void | Promise<void> {
  const answer = stage.control.call(api, withUuid(stage, api, input), stage.now());
  const { status, body, error, rule, detail } = answer;
  const refused = from === 'event' && error ? { code: error.code, message: error.message } : {};
  const created = namesOfCreated(stage, answer.effects, (uuid) => uuid);
  stage.say({
    what: from === 'event' && error ? 'refused' : 'called',
    ...(rule && { rule }),
    data: {
      api,
      status,
      body: structuredClone(body),
      from,
      ...(error && { error }),
      ...(detail && { detail }),
      ...refused,
      ...(created.length > 0 && { created }),
    },
  });
  return stage.apply(answer.effects, (uuid) => uuid);
}

/** Creates a mapping of the file, under its name. The answer has effects only when it was not refused. */
export function createMapping(stage: ControlStage, { name, request }: MappingPlan): ControlAnswer {
  const answer = stage.control.call('CreateEventSourceMapping', request, stage.now());
  const { error, rule, detail, status } = answer;
  if (error) {
    const data = { ...error, ...(detail && { detail }), mapping: name };
    stage.say({ what: 'refused', ...(rule && { rule }), data });
    return answer;
  }
  const created = namesOfCreated(stage, answer.effects, () => name);
  const data = { api: 'CreateEventSourceMapping', status, from: 'file', created };
  stage.say({ what: 'called', ...(rule && { rule }), data });
  return answer;
}

/** Who reads what for whom, of every mapping that these effects create: the trace must say it. */
function namesOfCreated(
  stage: ControlStage,
  effects: readonly ControlEffect[],
  nameOf: (uuid: string) => string,
): readonly CreatedMapping[] {
  return effects.flatMap((effect) => {
    return effect.kind === 'created' ? [{ name: nameOf(effect.uuid), ...stage.partiesOf(effect.settings) }] : [];
  });
}

/** A call that names no mapping means the only one there is; when it is gone, the only one there was. */
function withUuid(
  stage: ControlStage,
  api: string,
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!NAMES_A_MAPPING.has(api) || 'UUID' in input) return input;
  const alive = Object.keys(stage.control.state.mappings);
  const uuids = alive.length > 0 ? alive : stage.mappings.map(({ uuid }) => uuid);
  return uuids.length === 1 ? { UUID: uuids[0], ...input } : input;
}

const NAMES_A_MAPPING = new Set(['GetEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping']);
