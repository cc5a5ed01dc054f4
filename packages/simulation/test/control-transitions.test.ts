import { describe, expect, it } from 'vitest';
import { plane, queue, startMs, stream, table, told, uuidOf, world } from './control-world.ts';

const UUID = uuidOf(1);
const onQueue = { FunctionName: 'consumer', EventSourceArn: queue };
const onStream = { FunctionName: 'consumer', EventSourceArn: stream, StartingPosition: 'TRIM_HORIZON' };
const onTable = { FunctionName: 'consumer', EventSourceArn: table, StartingPosition: 'TRIM_HORIZON' };
const create = 'CreateEventSourceMapping';
const get = 'GetEventSourceMapping';
const update = 'UpdateEventSourceMapping';
const remove = 'DeleteEventSourceMapping';

describe('transitions that take time', () => {
  it('a mapping in transition is in use, whatever else is wrong with the request', () => {
    const control = plane({ transitionMs: 1 });
    control.call(create, onQueue, startMs);
    const answer = control.call(update, { UUID, BatchSize: 11 }, startMs);
    expect(answer.rule).toBe('mapping.state-in-use');
    expect(answer.body).toEqual({
      Type: 'User',
      Message: 'Cannot update the event source mapping because it is in use.',
    });
  });

  it('a mapping in transition refuses updates and deletes, and is unchanged', () => {
    const control = plane({ transitionMs: 60_000 });
    control.call(create, onStream, startMs);
    const before = structuredClone(control.state);
    expect(told(control.call(update, { UUID, BatchSize: 1 }, startMs + 59_999))).toEqual([
      '400 ResourceInUseException: Cannot update the event source mapping because it is in use.',
    ]);
    expect(told(control.call(remove, { UUID }, startMs + 59_999))).toEqual([
      '400 ResourceInUseException: Cannot delete the event source mapping because it is in use.',
    ]);
    expect(control.state).toEqual(before);
    expect(control.nextTransitionMs()).toBe(startMs + 60_000);
    expect(told(control.call(remove, { UUID }, startMs + 60_000))).toEqual([
      '202 Deleting',
      '+60000 state Enabled (User action)',
      '+60000 started',
      '+60000 state Deleting (User action)',
      '+60000 stopped',
    ]);
    expect(told(control.call(get, { UUID }, startMs + 60_001))[0]).toBe('200 Deleting');
    expect(told(control.call(get, { UUID }, startMs + 120_000))).toEqual([
      '404 ResourceNotFoundException: The resource you requested does not exist.',
      '+120000 deleted',
    ]);
  });

  it('several transitions settle in order of time, whenever they are asked for', () => {
    const control = plane({ transitionMs: 1000 });
    control.call(create, onQueue, startMs + 500);
    control.call(create, onStream, startMs);
    control.call(create, onTable, startMs + 500);
    expect(control.nextTransitionMs()).toBe(startMs + 1000);
    const order = control.advance(startMs + 10_000).filter((effect) => effect.kind === 'started');
    expect(order.map(({ uuid, atMs }) => [uuid, atMs - startMs])).toEqual([
      [uuidOf(2), 1000],
      [uuidOf(1), 1500],
      [uuidOf(3), 1500],
    ]);
  });

  it('switching off and changing at once: stopped now, configured when it is over', () => {
    const control = plane({ transitionMs: 1000 });
    control.call(create, onStream, startMs);
    expect(told(control.call(update, { UUID, Enabled: false, BatchSize: 7 }, startMs + 1000)).slice(-2)).toEqual([
      '+1000 state Disabling (User action)',
      '+1000 stopped',
    ]);
    expect(control.advance(startMs + 2000)).toMatchObject([
      { state: 'Disabled' },
      { kind: 'configured', settings: { batchSize: 7 } },
    ]);
    expect(told(control.call(update, { UUID, BatchSize: 8 }, startMs + 2000))[0]).toBe('202 Updating');
    expect(control.advance(startMs + 3000)).toMatchObject([
      { state: 'Disabled' },
      { kind: 'configured', settings: { batchSize: 8 } },
    ]);
  });
});

describe('what the control plane keeps', () => {
  it('is plain data that another control plane can go on with', () => {
    const first = plane({ transitionMs: 1000 });
    first.call(create, { ...onStream, Tags: { a: 'b' } }, startMs);
    const second = plane({ transitionMs: 1000 }, structuredClone(first.state));
    expect(second.advance(startMs + 1000)).toEqual(first.advance(startMs + 1000));
    expect(second.call(create, onQueue, startMs + 1000)).toEqual(first.call(create, onQueue, startMs + 1000));
    expect(second.state).toEqual(first.state);
  });

  it('a refused call changes nothing', () => {
    const control = plane();
    control.call(create, onQueue, startMs);
    control.advance(startMs);
    const before = structuredClone(control.state);
    for (const [api, input] of [
      [create, onQueue],
      [create, { FunctionName: 'consumer' }],
      [update, { UUID, BatchSize: -1 }],
      [update, 'nonsense'],
      [remove, { UUID: 'x' }],
      ['ListTags', { Resource: 'x' }],
    ] as const) {
      const answer = control.call(api, input, startMs);
      expect([answer.status >= 400, answer.effects, answer.rule !== undefined]).toEqual([true, [], true]);
    }
    expect(control.state).toEqual(before);
  });

  it('queues have no LastProcessingResult', () => {
    const control = plane();
    control.call(create, onQueue, startMs);
    control.processed(UUID, 'OK');
    control.processed('unknown', 'OK');
    expect(control.mapping(UUID)?.configuration).not.toHaveProperty('LastProcessingResult');
  });

  it('other operations are refused by name', () => {
    const answer = plane().call('GetFunction', {}, startMs);
    expect(answer).toMatchObject({
      status: 400,
      error: { code: 'UnknownOperationException' },
    });
    expect(answer.error?.message).toMatch(
      /^The operation GetFunction is not supported; use one of CreateEventSourceMapping, /,
    );
    expect(plane().call('toString', {}, startMs).status).toBe(400);
  });

  it('a deleted function leaves its mapping Enabled', () => {
    let exists = true;
    const control = plane({ world: { ...world, functionOf: (name) => (exists ? world.functionOf(name) : undefined) } });
    control.call(create, onQueue, startMs);
    exists = false;
    expect(told(control.call(get, { UUID }, startMs + 1))[0]).toBe('200 Enabled');
  });
});
