/** Calls to the control plane: those of the file, and those that its events make. */
import type { World } from './world.ts';

/** Makes a call now; `call` is answered in the result, a refused `event` is an error of the run. */
export function callControl(
  world: World,
  api: string,
  input: Readonly<Record<string, unknown>>,
  from: 'call' | 'event',
): void {
  const answer = world.control.call(api, withUuid(world, api, input), world.agenda.nowMs);
  const { status, body, error, rule, detail } = answer;
  const refused = from === 'event' && error ? { code: error.code, message: error.message } : {};
  const created = world.namesOfCreated(answer.effects, (uuid) => uuid);
  world.recorder.emit({
    at: world.agenda.nowMs,
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
  world.apply(answer.effects, (uuid) => uuid);
}

/** A call that names no mapping means the only one there is; when it is gone, the only one there was. */
function withUuid(
  world: World,
  api: string,
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!NAMES_A_MAPPING.has(api) || 'UUID' in input) return input;
  const alive = Object.keys(world.control.state.mappings);
  const uuids = alive.length > 0 ? alive : world.mappings.map(({ uuid }) => uuid);
  return uuids.length === 1 ? { UUID: uuids[0], ...input } : input;
}

const NAMES_A_MAPPING = new Set(['GetEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping']);
