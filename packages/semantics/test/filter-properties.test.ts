import { compileFilters, compilePattern, matchesFilters, matchesPattern } from '@millrace/semantics';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** Small alphabets, so that patterns and data often meet. */
const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString');
const text = fc.constantFrom('', 'x', 'xy', 'yx', 'X', '1');
const number = fc.constantFrom(0, 1, -1, 2.5, 300);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));

const { document } = fc.letrec<{ value: unknown; document: object }>((tie) => ({
  value: fc.oneof({ weight: 3, arbitrary: scalar }, fc.array(tie('value'), { maxLength: 3 }), tie('document')),
  document: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
}));

const entry = fc.oneof(
  scalar,
  fc.record({ prefix: text }),
  fc.record({ suffix: text }),
  fc.record({ 'equals-ignore-case': text }),
  fc.record({ 'anything-but': fc.array(text, { minLength: 1, maxLength: 2 }) }),
  fc.record({ 'anything-but': number }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ numeric: fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), number) }),
  fc.record({ wildcard: fc.constantFrom('*', 'x*', '*x', 'x*y') }),
);
const list = fc.array(entry, { minLength: 1, maxLength: 3 });

const { pattern } = fc.letrec<{ field: unknown; pattern: Record<string, unknown> }>((tie) => ({
  field: fc.oneof({ weight: 3, arbitrary: list }, tie('pattern')),
  pattern: fc.dictionary(key, tie('field'), { minKeys: 1, maxKeys: 2 }),
}));

function matches(wanted: object, value: unknown): boolean {
  const compiled = compilePattern(wanted);
  if (!compiled.ok) throw new Error(compiled.detail);
  return matchesPattern(compiled.pattern, value);
}

/** Whether any of the patterns, as filters of a queue, keeps a message with this body. */
function keeps(patterns: readonly object[], body: object): boolean {
  const texts = patterns.map((wanted) => JSON.stringify({ body: wanted }));
  const compiled = compileFilters(texts, 'sqs');
  if (!compiled.ok) throw new Error(compiled.detail);
  const view = { metadata: {}, data: { body: { format: 'json' as const, text: JSON.stringify(body) } } };
  return matchesFilters(compiled.filters, view).kept;
}

test('anything-but is the complement of equality on every present scalar', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(text, { minLength: 1 }), fc.array(number, { minLength: 1 })),
      scalar,
      (values, value) => {
        expect(matches({ a: [{ 'anything-but': values }] }, { a: value })).toBe(!matches({ a: values }, { a: value }));
      },
    ),
  );
});

test('exists true and exists false never agree on a field of one object', () => {
  fc.assert(
    fc.property(document, key, (value, name) => {
      expect(matches({ [name]: [{ exists: true }] }, value)).toBe(!matches({ [name]: [{ exists: false }] }, value));
    }),
  );
});

test('a $or of patterns equals as many filters', () => {
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 2, maxLength: 3 }), document, (patterns, value) => {
      const either = patterns.some((one) => matches(one, value));
      expect(matches({ $or: patterns }, value)).toBe(either);
      expect(keeps([{ $or: patterns }], value)).toBe(either);
      expect(keeps(patterns, value)).toBe(either);
    }),
  );
});

test('a list at a leaf matches when one of its entries alone does', () => {
  fc.assert(
    fc.property(list, document, (entries, value) => {
      expect(matches({ a: entries }, value)).toBe(entries.some((one) => matches({ a: [one] }, value)));
    }),
  );
});

test('fields all have to match, so a pattern matches when each of its fields alone does', () => {
  fc.assert(
    fc.property(pattern, document, (wanted, value) => {
      const each = Object.entries(wanted).every(([name, field]) => matches(fromEntry(name, field), value));
      expect(matches(wanted, value)).toBe(each);
    }),
  );
});

/** An object with one own field, whatever its name is. */
function fromEntry(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]]);
}

test('an array matches when one of its elements alone does', () => {
  const positive = list.filter((entries) => !JSON.stringify(entries).includes('exists'));
  fc.assert(
    fc.property(positive, fc.array(scalar, { minLength: 1, maxLength: 4 }), (entries, values) => {
      expect(matches({ a: entries }, { a: values })).toBe(
        values.some((value) => matches({ a: entries }, { a: value })),
      );
    }),
  );
});

test('a pattern that lists what a flat document holds matches it, and not one with a field less', () => {
  fc.assert(
    fc.property(fc.dictionary(key, scalar, { minKeys: 1 }), (value) => {
      const wanted = Object.fromEntries(Object.entries(value).map(([name, leaf]) => [name, [leaf]]));
      expect(matches(wanted, value)).toBe(true);
      expect(matches(wanted, Object.fromEntries(Object.entries(value).slice(1)))).toBe(false);
    }),
  );
});
