import { describe, expect, it } from 'vitest';
import { fifo, mappingArn, plane, queue, startMs, stream, told, uuidOf, world } from './control-world.ts';

const create = 'CreateEventSourceMapping';
const list = 'ListEventSourceMappings';
const Resource = mappingArn(uuidOf(1));
const key = 'arn:aws:kms:us-east-1:123456789012:key/1';

interface Page {
  readonly EventSourceMappings: readonly { readonly UUID: string; readonly FilterCriteria?: unknown }[];
  readonly NextMarker?: string;
}

function page(control: ReturnType<typeof plane>, input: object): Page {
  return control.call(list, input, startMs).body as Page;
}

function withMappings() {
  const control = plane();
  for (const FunctionName of ['consumer', 'other', 'consumer:live']) {
    control.call(create, { FunctionName, EventSourceArn: queue }, startMs);
  }
  control.call(create, { FunctionName: 'consumer', EventSourceArn: stream, StartingPosition: 'LATEST' }, startMs);
  return control;
}

describe('ListEventSourceMappings', () => {
  it.each([
    [{}, [1, 2, 3, 4]],
    [{ EventSourceArn: queue }, [1, 2, 3]],
    [{ FunctionName: 'consumer' }, [1, 4]],
    [{ FunctionName: '123456789012:function:consumer:live' }, [3]],
    [{ FunctionName: 'consumer', EventSourceArn: stream }, [4]],
    [{ EventSourceArn: fifo }, []],
    [{ FunctionName: 'consumer', Marker: null }, [1, 4]],
  ])('%j', (input, found) => {
    expect(page(withMappings(), input).EventSourceMappings.map((mapping) => mapping.UUID)).toEqual(found.map(uuidOf));
  });

  it('gives pages of MaxItems, also when mappings go between two pages', () => {
    const control = withMappings();
    const first = page(control, { MaxItems: 2 });
    expect(first.EventSourceMappings).toHaveLength(2);
    control.call('DeleteEventSourceMapping', { UUID: uuidOf(2) }, startMs);
    const second = page(control, { MaxItems: 2, Marker: first.NextMarker });
    expect(second.EventSourceMappings.map((mapping) => mapping.UUID)).toEqual([uuidOf(3), uuidOf(4)]);
    expect(second).not.toHaveProperty('NextMarker');
  });

  it('gives at most 100 a page', () => {
    const arnOf = (n: number) => `${queue}-${n}`;
    const control = plane({ world: { ...world, queue: () => ({ visibilityTimeoutMs: 30_000 }) } });
    for (let n = 0; n < 250; n++) control.call(create, { FunctionName: 'consumer', EventSourceArn: arnOf(n) }, startMs);
    const sizes: number[] = [];
    let marker: string | undefined;
    do {
      const next: Page = page(control, { MaxItems: 10_000, ...(marker !== undefined && { Marker: marker }) });
      sizes.push(next.EventSourceMappings.length);
      marker = next.NextMarker;
    } while (marker !== undefined);
    expect(sizes).toEqual([100, 100, 50]);
  });

  it.each([
    [
      { MaxItems: 0 },
      "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { MaxItems: 10_001 },
      "Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000",
    ],
    [{ Marker: 'x' }, 'The Marker x is not one that an earlier page returned.'],
    [
      { Function: 'x' },
      'Unknown parameter in input: "Function", must be one of: EventSourceArn, FunctionName, Marker, MaxItems',
    ],
  ])('refuses %j', (input, text) => {
    const answer = withMappings().call(list, input, startMs);
    expect(answer.error?.code).toBe('ValidationException');
    expect(answer.error?.message).toContain(text);
  });

  it('does not show filters that are encrypted with a key of the caller; get does', () => {
    const control = plane();
    const FilterCriteria = { Filters: [{ Pattern: '{"body":{"a":["b"]}}' }] };
    control.call(create, { FunctionName: 'consumer', EventSourceArn: queue, KMSKeyArn: key, FilterCriteria }, startMs);
    expect(page(control, {}).EventSourceMappings[0]).toMatchObject({ KMSKeyArn: key, FilterCriteria: null });
    expect(control.call('GetEventSourceMapping', { UUID: uuidOf(1) }, startMs).body).toMatchObject({ FilterCriteria });
  });
});

describe('tags of a mapping', () => {
  const tagsOf = (control: ReturnType<typeof plane>) => control.call('ListTags', { Resource }, startMs).body;

  it('A11: tags given at creation are listed, and are in no configuration', () => {
    const control = plane();
    const answer = control.call(create, { FunctionName: 'consumer', EventSourceArn: queue, Tags: { a: '1' } }, startMs);
    expect(answer.body).not.toHaveProperty('Tags');
    expect(control.call('ListTags', { Resource }, startMs)).toMatchObject({ status: 200, body: { Tags: { a: '1' } } });
  });

  it('A09: tags merge and overwrite by key; untagging an absent key is no error', () => {
    const control = withMappings();
    control.advance(startMs);
    const done = { status: 204, body: null, effects: [] };
    expect(tagsOf(control)).toEqual({ Tags: {} });
    expect(control.call('TagResource', { Resource, Tags: { a: '1', b: '2' } }, startMs)).toEqual(done);
    expect(control.call('TagResource', { Resource, Tags: { b: '3', c: '' } }, startMs)).toEqual(done);
    expect(tagsOf(control)).toEqual({ Tags: { a: '1', b: '3', c: '' } });
    expect(control.call('UntagResource', { Resource, TagKeys: ['a', 'absent'] }, startMs)).toEqual(done);
    expect(tagsOf(control)).toEqual({ Tags: { b: '3', c: '' } });
    expect(control.call('ListTags', { Resource: mappingArn(uuidOf(2)) }, startMs).body).toEqual({ Tags: {} });
  });

  it('tags outlive an update', () => {
    const control = plane();
    control.call(create, { FunctionName: 'consumer', EventSourceArn: queue, Tags: { a: '1' } }, startMs);
    control.call('UpdateEventSourceMapping', { UUID: uuidOf(1), BatchSize: 2 }, startMs);
    expect(tagsOf(control)).toEqual({ Tags: { a: '1' } });
  });

  it('refuses mappings that do not exist, and what is no mapping', () => {
    const control = plane();
    for (const [api, rest] of [
      ['TagResource', { Tags: {} }],
      ['UntagResource', { TagKeys: [] }],
      ['ListTags', {}],
    ] as const) {
      expect(told(control.call(api, { Resource, ...rest }, startMs))).toEqual([
        `404 ResourceNotFoundException: Event source mapping not found: ${Resource}`,
      ]);
      expect(told(control.call(api, rest, startMs))[0]).toContain("Value null at 'resource'");
    }
    expect(told(control.call('ListTags', { Resource: queue }, startMs))[0]).toContain('regular expression pattern');
  });
});
