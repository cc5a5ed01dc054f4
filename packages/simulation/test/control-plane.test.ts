import { describe, expect, it } from 'vitest';
import {
  consumer,
  fifo,
  plane,
  queue,
  startMs,
  stream,
  table,
  told,
  toldEffect,
  uuidOf,
  world,
} from './control-world.ts';

const UUID = uuidOf(1);
const onQueue = { FunctionName: 'consumer', EventSourceArn: queue };
const onStream = { FunctionName: 'consumer', EventSourceArn: stream, StartingPosition: 'TRIM_HORIZON' };
const onTable = { FunctionName: 'consumer', EventSourceArn: table, StartingPosition: 'TRIM_HORIZON' };
const create = 'CreateEventSourceMapping';
const get = 'GetEventSourceMapping';
const update = 'UpdateEventSourceMapping';
const remove = 'DeleteEventSourceMapping';

describe('the life of a mapping, as AWS was seen to answer', () => {
  it('A03: create Creating, get Enabled, delete Deleting, then 404', () => {
    const control = plane();
    expect(told(control.call(create, onQueue, startMs))).toEqual([
      '202 Creating',
      '+0 created',
      '+0 state Creating (USER_INITIATED)',
    ]);
    expect(control.nextTransitionMs()).toBe(startMs);
    expect(told(control.call(get, { UUID }, startMs))).toEqual([
      '200 Enabled',
      '+0 state Enabled (USER_INITIATED)',
      '+0 started',
    ]);
    expect(control.nextTransitionMs()).toBeUndefined();
    expect(told(control.call(remove, { UUID }, startMs))).toEqual([
      '202 Deleting',
      '+0 state Deleting (USER_INITIATED)',
      '+0 stopped',
    ]);
    expect(told(control.call(get, { UUID }, startMs))).toEqual([
      '404 ResourceNotFoundException: The resource you requested does not exist.',
      '+0 deleted',
    ]);
    expect(control.state.mappings).toEqual({});
  });

  it('A01: unknown UUIDs, and lists that find nothing', () => {
    const control = plane();
    const unknown = '404 ResourceNotFoundException: The resource you requested does not exist.';
    for (const api of [get, update, remove]) {
      const answer = control.call(api, { UUID: 'unknown' }, startMs);
      expect(told(answer)).toEqual([unknown]);
      expect(answer.body).toEqual({ Type: 'User', Message: 'The resource you requested does not exist.' });
      expect(answer.rule).toBe('parameters.unknown-mapping');
    }
    for (const filter of [{ FunctionName: 'unknown' }, { EventSourceArn: `${queue}-unknown` }]) {
      expect(control.call('ListEventSourceMappings', filter, startMs)).toEqual({
        status: 200,
        body: { EventSourceMappings: [] },
        effects: [],
      });
    }
    expect(told(control.call(get, {}, startMs))[0]).toContain("Value null at 'uUID'");
    expect(told(control.call(get, { UUID: '__proto__' }, startMs))).toEqual([unknown]);
  });

  it('S10: created disabled, then Enabling, then Enabled', () => {
    const control = plane();
    const request = { FunctionName: 'consumer', EventSourceArn: fifo, BatchSize: 1, Enabled: false };
    expect(told(control.call(create, request, startMs))[0]).toBe('202 Disabled');
    expect(control.nextTransitionMs()).toBeUndefined();
    expect(told(control.call(update, { UUID, Enabled: true }, startMs))).toEqual([
      '202 Enabling',
      '+0 state Enabling (USER_INITIATED)',
    ]);
    expect(told(control.call(get, { UUID }, startMs))).toEqual([
      '200 Enabled',
      '+0 state Enabled (USER_INITIATED)',
      '+0 started',
    ]);
  });

  it('D04: Disabling with LastProcessingResult OK, then Disabled', () => {
    const control = plane();
    control.call(create, { ...onTable, MaximumBatchingWindowInSeconds: 1 }, startMs);
    control.advance(startMs);
    control.processed(UUID, 'OK');
    const answer = control.call(update, { UUID, Enabled: false }, startMs + 5000);
    expect(told(answer)).toEqual(['202 Disabling', '+5000 state Disabling (User action)', '+5000 stopped']);
    expect(answer.body).toMatchObject({ LastProcessingResult: 'OK', BatchSize: 100 });
    expect(control.advance(startMs + 5000).map(toldEffect)).toEqual([
      '+5000 state Disabled (User action)',
      '+5000 configured',
    ]);
  });

  it('S11: the default batch size, and 11 refused at update and create', () => {
    const control = plane();
    expect(control.call(create, onQueue, startMs).body).toMatchObject({
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
    });
    const text = 'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10';
    const refusal = `400 InvalidParameterValueException: ${text}`;
    expect(told(control.call(update, { UUID, BatchSize: 11 }, startMs))).toContain(refusal);
    expect(told(control.call(create, { ...onQueue, FunctionName: 'other', BatchSize: 11 }, startMs))).toEqual([
      refusal,
    ]);
    expect(control.mapping(UUID)?.configuration).toMatchObject({ State: 'Enabled', BatchSize: 10 });
  });

  it.each([
    ['S32', onQueue, `An event source mapping with SQS arn (" ${queue} ") and function (" consumer ") already exists.`],
    [
      'K04',
      onStream,
      `The event source arn (" ${stream} ") and function (" consumer ") provided mapping already exists.`,
    ],
    [
      'D03',
      onTable,
      `The event source arn (" ${table} ") and function (" consumer ") provided mapping already exists.`,
    ],
  ])('%s: a second mapping of the same source and function', (_id, request, text) => {
    const control = plane();
    control.call(create, request, startMs);
    const answer = control.call(create, request, startMs);
    const message = `${text} Please update or delete the existing mapping with UUID ${UUID}`;
    expect(answer.error).toEqual({ code: 'ResourceConflictException', message });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({ Type: 'User', message });
    expect(control.call(create, { ...request, FunctionName: 'other' }, startMs).status).toBe(202);
  });

  it('a mapping that is gone may be created again', () => {
    const control = plane();
    control.call(create, onQueue, startMs);
    control.call(remove, { UUID }, startMs);
    expect(told(control.call(create, onQueue, startMs))).toEqual([
      '202 Creating',
      '+0 deleted',
      '+0 created',
      '+0 state Creating (USER_INITIATED)',
    ]);
  });

  it.each(['null', 'simple string', '{"eventSource":"aws:sqs"}', '{"eventSource":[]}'])(
    'S27 to S29, D18: the pattern %s',
    (Pattern) => {
      for (const request of [onQueue, onTable]) {
        const answer = plane().call(create, { ...request, FilterCriteria: { Filters: [{ Pattern }] } }, startMs);
        expect(told(answer)).toEqual(['400 InvalidParameterValueException: Invalid filter pattern definition.']);
        expect(answer.rule).toBe('filter.invalid-pattern');
        expect(answer.detail?.length).toBeGreaterThan(10);
      }
    },
  );

  it('A07: an empty list of filters is left out of the answer', () => {
    const answer = plane().call(create, { ...onTable, FilterCriteria: { Filters: [] } }, startMs);
    expect(answer.status).toBe(202);
    expect(answer.body).not.toHaveProperty('FilterCriteria');
  });

  it('A08a: self-managed Kafka', () => {
    const control = plane();
    const request = {
      FunctionName: 'consumer',
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:1000'] } },
      Topics: ['topic'],
      StartingPosition: 'TRIM_HORIZON',
    };
    expect(told(control.call(create, request, startMs))).toEqual([
      "400 InvalidParameterValueException: Required 'sourceAccessConfigurations' parameter is missing.",
    ]);
    const SourceAccessConfigurations = [{ Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:us-east-1:1:secret:s' }];
    const answer = control.call(create, { ...request, SourceAccessConfigurations }, startMs);
    expect(Object.keys(answer.body as object).sort()).toEqual([
      'BatchSize',
      'EventSourceMappingArn',
      'FunctionArn',
      'LastModified',
      'LastProcessingResult',
      'SelfManagedEventSource',
      'SelfManagedKafkaEventSourceConfig',
      'SourceAccessConfigurations',
      'StartingPosition',
      'State',
      'StateTransitionReason',
      'Topics',
      'UUID',
    ]);
    expect(answer.body).toMatchObject({
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: UUID },
      StateTransitionReason: 'USER_INITIATED',
      FunctionArn: consumer,
    });
  });

  it('C05: a changed filter keeps the UUID and comes into force after the transition', () => {
    const control = plane({ transitionMs: 1000 });
    const criteria = (name: string) => ({ FilterCriteria: { Filters: [{ Pattern: `{"eventName":["${name}"]}` }] } });
    control.call(create, { ...onTable, ...criteria('DELETE') }, startMs);
    const answer = control.call(update, { UUID, ...criteria('MODIFY') }, startMs + 1000);
    expect(answer.body).toMatchObject({
      UUID,
      State: 'Updating',
      LastProcessingResult: 'No records processed',
      ...criteria('MODIFY'),
    });
    expect(control.mapping(UUID)?.settings.filterPatterns).toEqual(['{"eventName":["DELETE"]}']);
    expect(control.advance(startMs + 2000)).toMatchObject([
      { kind: 'state', state: 'Enabled', rule: 'mapping.state-settled' },
      { kind: 'configured', settings: { filterPatterns: ['{"eventName":["MODIFY"]}'] } },
    ]);
    expect(control.mapping(UUID)?.settings.filterPatterns).toEqual(['{"eventName":["MODIFY"]}']);
  });
});

describe('transitions that take time', () => {
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
      rule: 'parameters.unknown-operation',
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
