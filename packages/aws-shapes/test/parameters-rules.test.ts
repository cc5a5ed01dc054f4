import { rules } from '@millrace/semantics';
import { describe, expect, it } from 'vitest';
import { parseMappingRequest } from '../src/index.ts';
import { requestRefusals } from './parameters-refusals.ts';
import { aroundRefusals } from './parameters-refusals-around.ts';
import { ipve, sqs } from './parameters-rows.ts';
import { answer, world } from './parameters-world.ts';

/** Every rule by which a create request is refused: rule, status and code, AWS's text, what provokes it. */
const rows = [...requestRefusals, ...aroundRefusals];

describe('the rules by which a create request is refused', () => {
  it.each(
    rows.map(([rule, status, message, request, mappings = []]) => ({ rule, status, message, request, mappings })),
  )('$rule: $status $message', ({ rule, status, message, request, mappings }) => {
    const parsed = parseMappingRequest('create', request, world(mappings));
    expect(answer(parsed)).toBe(`${rule} | ${status} | ${message}`);
  });

  it('has a row for every rule of the catalogue', () => {
    const elsewhere = ['parameters.fixed-at-creation', 'parameters.unknown-mapping'];
    const tested = [...rows.map(([rule]) => rule), ...elsewhere];
    const known = Object.keys(rules).filter((id) => id.startsWith('parameters.'));
    expect([...new Set(tested)].sort()).toEqual(known.sort());
  });

  it.each(['null', 'simple string', '["a"]'])('a pattern that the filter rules refuse: %s', (Pattern) => {
    const parsed = parseMappingRequest('create', { ...sqs, FilterCriteria: { Filters: [{ Pattern }] } }, world());
    expect(answer(parsed)).toBe(`filter.invalid-pattern | ${ipve} | Invalid filter pattern definition.`);
    expect(!parsed.ok && parsed.refusal.detail).toBe('Write an object.');
  });

  it('a filter without a pattern is the pattern null', () => {
    const parsed = parseMappingRequest('create', { ...sqs, FilterCriteria: { Filters: [{ Pattern: null }] } }, world());
    expect(answer(parsed)).toBe(`filter.invalid-pattern | ${ipve} | Invalid filter pattern definition.`);
  });
});
