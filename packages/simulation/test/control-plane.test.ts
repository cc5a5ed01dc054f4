import { describe, expect, it } from 'vitest';
import { consumer, fifo, plane, queue, startMs, stream, table, told, toldEffect, uuidOf } from './control-world.ts';

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
