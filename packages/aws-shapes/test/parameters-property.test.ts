import { isRuleId } from '@millrace/semantics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applicability,
  changedConfiguration,
  createShape,
  type MappingConfiguration,
  newConfiguration,
  parseMappingRequest,
  type Shape,
  settingsOf,
} from '../src/index.ts';
import { account, kinds, least, nowMs, uuid, world } from './parameters-world.ts';

/** Any JSON at all, under names that the API has. */
const nonsense = fc.dictionary(fc.constantFrom(...Object.keys(applicability)), fc.jsonValue(), { maxKeys: 6 });

/** A value inside its shape, or just outside its bounds. */
function valueFor(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'integer':
      return fc.constantFrom(shape.min ?? 0, shape.max ?? 9, (shape.min ?? 0) + 1, (shape.min ?? 0) - 1);
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return fc.constantFrom(0, nowMs / 1000, nowMs / 1000 + 1, '2025-01-01');
    case 'string':
      return fc.constantFrom(...(shape.values ?? ['', 'orders', 'arn:aws:sqs:us-east-1:123456789012:failed', '{}']));
    case 'list':
      return fc.array(valueFor(shape.of), { maxLength: 2 });
    case 'map':
      return fc.dictionary(fc.constantFrom('KAFKA_BOOTSTRAP_SERVERS', 'a'), valueFor(shape.of), { maxKeys: 2 });
    case 'structure':
      return membersOf(shape.members);
  }
}

function membersOf(members: Readonly<Record<string, Shape>>): fc.Arbitrary<object> {
  const arbitraries = Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, valueFor(shape)]));
  return fc.record(arbitraries, { requiredKeys: [] });
}

/** What is least needed, with a few well-formed parameters on top, so that many requests are accepted. */
const sensible = fc
  .tuple(
    fc.constantFrom(...kinds),
    membersOf(createShape.members),
    fc.subarray(Object.keys(applicability), { maxLength: 3 }),
  )
  .map(([kind, all, names]) => {
    const some = Object.entries(all).filter(([name]) => names.includes(name) && name !== 'FunctionName');
    return { ...least[kind], ...Object.fromEntries(some) };
  });

function configurationOf(request: object): MappingConfiguration | undefined {
  const parsed = parseMappingRequest('create', request, world());
  if (!parsed.ok) return undefined;
  const identity = { uuid, region: 'us-east-1', accountId: account, nowMs };
  const state = { State: 'Enabled', StateTransitionReason: 'User action' } as const;
  return newConfiguration(parsed.kind, parsed.parameters, identity, state);
}

describe('whatever a caller sends', () => {
  it('is refused by a rule of the catalogue or accepted, never an exception', () => {
    const property = fc.property(fc.constantFrom(...kinds), nonsense, fc.boolean(), (kind, request, create) => {
      const current = configurationOf(least[kind]);
      const whole = create ? { ...least[kind], ...request } : request;
      const parsed = parseMappingRequest(create ? 'create' : 'update', whole, world(), create ? undefined : current);
      if (!parsed.ok) {
        const { rule, status, message } = parsed.refusal;
        expect([isRuleId(rule), status === 400 || status === 409, message.length > 10]).toEqual([true, true, true]);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('comes to settings without sentinels, and is found unchanged by an update that says nothing', () => {
    let accepted = 0;
    const property = fc.property(sensible, (request) => {
      const configuration = configurationOf(request);
      if (configuration === undefined) return;
      accepted += 1;
      expect(JSON.stringify(settingsOf(configuration))).not.toMatch(/:-1\b|null/);
      const parsed = parseMappingRequest('update', {}, world([configuration]), configuration);
      expect(parsed.ok && changedConfiguration(configuration, parsed.parameters, nowMs)).toStrictEqual(configuration);
    });
    fc.assert(property, { numRuns: 1000 });
    expect(accepted).toBeGreaterThan(200);
  });

  it('twice is once: the second of two equal creates is a duplicate', () => {
    const property = fc.property(sensible, (request) => {
      const first = configurationOf(request);
      if (first === undefined) return;
      const second = parseMappingRequest('create', request, world([first]));
      expect(second.ok ? 'accepted' : second.refusal.rule).toBe('parameters.duplicate-mapping');
    });
    fc.assert(property, { numRuns: 300 });
  });
});
