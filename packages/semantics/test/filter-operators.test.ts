import {
  compileFilters,
  compilePattern,
  type FilterVerdict,
  matchesFilters,
  matchesPattern,
} from '@millrace/semantics';
import { describe, expect, test } from 'vitest';

/** What one filter says about an SQS message with a JSON body; pattern and body are JSON texts. */
function verdict(pattern: string, body: string): FilterVerdict {
  const compiled = compileFilters([`{"body":${pattern}}`], 'sqs');
  if (!compiled.ok) throw new Error(compiled.detail);
  return matchesFilters(compiled.filters, { metadata: {}, data: { body: { format: 'json', text: body } } });
}

const matched = 'filter.filter-matched';
const missed = 'filter.no-filter-matched';
const element = 'filter.array-any-element';
const numeric = 'filter.numeric-never-matches-strings';
const asText = 'filter.numbers-compare-as-text';
const leaves = 'filter.exists-on-leaves-only';
const extension = 'filter.eventbridge-operators-accepted';

/** The list at the leaf `a` of the pattern, the body, whether it is kept, and by which rule. */
const table: readonly (readonly [string, string, boolean, string])[] = [
  ['["Alice"]', '{"a":"Alice"}', true, matched],
  ['["Alice"]', '{"a":"alice"}', false, missed],
  ['["Alice"]', '{"b":"Alice"}', false, missed],
  ['["Alice","Bob"]', '{"a":"Bob"}', true, matched],
  ['["Alice",7,null]', '{"a":7}', true, matched],
  ['["Alice",7,null]', '{"a":null}', true, matched],
  ['["1"]', '{"a":1}', false, missed],
  ['[1]', '{"a":"1"}', false, missed],
  ['[true]', '{"a":true}', true, matched],
  ['[true]', '{"a":"true"}', false, missed],
  ['[false]', '{"a":false}', true, matched],
  ['[false]', '{"a":null}', false, missed],
  ['[null]', '{"a":null}', true, matched],
  ['[null]', '{"a":"null"}', false, missed],
  ['[null]', '{}', false, missed],
  ['[""]', '{"a":""}', true, matched],
  ['[""]', '{"a":" "}', false, missed],
  ['[""]', '{"a":null}', false, missed],

  ['[300]', '{"a":300}', true, matched],
  ['[300]', '{"a":300.0}', false, asText],
  ['[300]', '{"a":3.0e2}', false, asText],
  ['[300.0]', '{"a":300}', false, asText],
  ['[3.0e2]', '{"a":3.0e2}', true, matched],
  ['[300]', '{"a":301}', false, missed],
  ['[300,300.0]', '{"a":300.0}', true, matched],

  ['[{"equals-ignore-case":"alice"}]', '{"a":"ALICE"}', true, matched],
  ['[{"equals-ignore-case":"ALICE"}]', '{"a":"alice"}', true, matched],
  ['[{"equals-ignore-case":"alice"}]', '{"a":"alicia"}', false, missed],
  ['[{"prefix":"us-"}]', '{"a":"us-1"}', true, matched],
  ['[{"prefix":"us-"}]', '{"a":"US-1"}', false, missed],
  ['[{"prefix":"1"}]', '{"a":12}', false, missed],
  ['[{"suffix":".png"}]', '{"a":"cat.png"}', true, matched],
  ['[{"suffix":".png"}]', '{"a":"cat.PNG"}', false, missed],
  ['[{"prefix":{"equals-ignore-case":"US-"}}]', '{"a":"us-1"}', true, extension],
  ['[{"suffix":{"equals-ignore-case":".png"}}]', '{"a":"CAT.PNG"}', true, extension],
  ['[{"suffix":{"equals-ignore-case":".png"}}]', '{"a":"CAT.JPG"}', false, missed],

  ['[{"anything-but":["Raining"]}]', '{"a":"Sunny"}', true, matched],
  ['[{"anything-but":["Raining"]}]', '{"a":"Raining"}', false, missed],
  ['[{"anything-but":"Raining"}]', '{"a":"Raining"}', false, missed],
  ['[{"anything-but":["Raining","Foggy"]}]', '{"a":"Foggy"}', false, missed],
  ['[{"anything-but":["Raining"]}]', '{"a":7}', true, matched],
  ['[{"anything-but":["Raining"]}]', '{"a":null}', true, matched],
  ['[{"anything-but":["Raining"]}]', '{"b":"Sunny"}', false, missed],
  ['[{"anything-but":["Raining"]}]', '{"a":{"b":"Sunny"}}', false, missed],
  ['[{"anything-but":100}]', '{"a":100}', false, missed],
  ['[{"anything-but":100}]', '{"a":101}', true, matched],
  ['[{"anything-but":[100,101]}]', '{"a":101}', false, missed],
  ['[{"anything-but":100}]', '{"a":100.0}', true, asText],
  ['[{"anything-but":[99,100]}]', '{"a":100.0}', true, asText],
  ['[{"anything-but":{"prefix":"us-"}}]', '{"a":"eu-1"}', true, extension],
  ['[{"anything-but":{"prefix":"us-"}}]', '{"a":"us-1"}', false, missed],
  ['[{"anything-but":{"suffix":[".png",".jpg"]}}]', '{"a":"cat.jpg"}', false, missed],
  ['[{"anything-but":{"equals-ignore-case":"on"}}]', '{"a":"ON"}', false, missed],
  ['[{"anything-but":{"wildcard":"*/lib/*"}}]', '{"a":"/src/a"}', true, extension],
  ['[{"anything-but":{"wildcard":"*/lib/*"}}]', '{"a":"/lib/a"}', false, missed],

  ['[{"numeric":["=",100]}]', '{"a":100}', true, matched],
  ['[{"numeric":["=",100]}]', '{"a":1.0e2}', true, matched],
  ['[{"numeric":["=",100]}]', '{"a":"100"}', false, numeric],
  ['[{"numeric":["=",100]}]', '{"a":"101"}', false, missed],
  ['[{"numeric":["=",0]}]', '{"a":""}', false, missed],
  ['[{"numeric":[">",10]}]', '{"a":10}', false, missed],
  ['[{"numeric":[">=",10]}]', '{"a":10}', true, matched],
  ['[{"numeric":["<",10]}]', '{"a":10}', false, missed],
  ['[{"numeric":["<=",10]}]', '{"a":10}', true, matched],
  ['[{"numeric":["<",-1.5]}]', '{"a":-2}', true, matched],
  ['[{"numeric":[">",10,"<=",20]}]', '{"a":20}', true, matched],
  ['[{"numeric":[">",10,"<=",20]}]', '{"a":10}', false, missed],
  ['[{"numeric":[">=",10,"<",20]}]', '{"a":20}', false, missed],
  ['[{"numeric":[">",10]}]', '{"a":true}', false, missed],

  ['[{"exists":true}]', '{"a":"x"}', true, matched],
  ['[{"exists":true}]', '{"a":null}', true, matched],
  ['[{"exists":true}]', '{"b":"x"}', false, missed],
  ['[{"exists":true}]', '{"a":{"b":1}}', false, leaves],
  ['[{"exists":true}]', '{"a":[]}', false, missed],
  ['[{"exists":false}]', '{"b":"x"}', true, matched],
  ['[{"exists":false}]', '{"a":"x"}', false, missed],
  ['[{"exists":false}]', '{"a":null}', false, missed],
  ['[{"exists":false}]', '{"a":{"b":1}}', true, leaves],
  ['[{"exists":false}]', '{"a":[{"b":1}]}', true, leaves],
  ['[{"exists":false}]', '{"a":["x"]}', false, missed],
  ['[{"exists":false}]', '{"a":[]}', true, leaves],
  ['["x",{"exists":false}]', '{}', true, matched],
  ['["x",{"exists":false}]', '{"a":"x"}', true, matched],
  ['["x",{"exists":false}]', '{"a":"y"}', false, missed],

  ['[{"wildcard":"dir/*.png"}]', '{"a":"dir/cat.png"}', true, extension],
  ['[{"wildcard":"dir/*.png"}]', '{"a":"dir/.png"}', true, extension],
  ['[{"wildcard":"dir/*.png"}]', '{"a":"dir.png"}', false, missed],
  ['[{"wildcard":"ab*ba"}]', '{"a":"aba"}', false, missed],
  ['[{"wildcard":"*b*b*"}]', '{"a":"abcb"}', true, extension],
  ['[{"wildcard":"*b*b*"}]', '{"a":"acb"}', false, missed],
  ['[{"wildcard":"a*b*b"}]', '{"a":"ab"}', false, missed],
  ['[{"wildcard":"exact"}]', '{"a":"exact"}', true, extension],
  ['[{"wildcard":"exact"}]', '{"a":"exactly"}', false, missed],
  ['[{"wildcard":"\\\\*x"}]', '{"a":"*x"}', true, extension],
  ['[{"wildcard":"\\\\*x"}]', '{"a":"yx"}', false, missed],
  ['[{"wildcard":"*"}]', '{"a":""}', true, extension],

  ['["x"]', '{"a":["y","x"]}', true, element],
  ['["x"]', '{"a":["y","z"]}', false, missed],
  ['["x"]', '{"a":[["y"],[["x"]]]}', true, element],
  ['["x"]', '{"a":[]}', false, missed],
  ['[{"anything-but":"x"}]', '{"a":["x","y"]}', true, element],
  ['[{"anything-but":"x"}]', '{"a":["x","x"]}', false, missed],
  ['[{"numeric":[">",10]}]', '{"a":[1,"99",11]}', true, element],
  ['[{"numeric":[">",10]}]', '{"a":[1,"99"]}', false, numeric],
  ['[300]', '{"a":[300.0]}', false, asText],
];

describe('operators', () => {
  test.each(table)('%s on %s is kept: %s, by %s', (list, body, kept, rule) => {
    expect(verdict(`{"a":${list}}`, body)).toEqual({ kept, rule });
  });
});

/** The pattern for the body, the body, whether it is kept, and by which rule. */
const structures: readonly (readonly [string, string, string, boolean, string])[] = [
  ['fields are all needed', '{"a":["x"],"b":[1]}', '{"a":"x","b":1,"c":0}', true, matched],
  ['one field misses', '{"a":["x"],"b":[1]}', '{"a":"x","b":2}', false, missed],
  ['nested objects', '{"a":{"b":{"c":["x"]}}}', '{"a":{"b":{"c":"x"}}}', true, matched],
  ['a level is missing', '{"a":{"b":{"c":["x"]}}}', '{"a":{"c":"x"}}', false, missed],
  ['a leaf where an object is named', '{"a":{"b":["x"]}}', '{"a":"x"}', false, missed],
  ['an object where a leaf is named', '{"a":["x"]}', '{"a":{"b":"x"}}', false, missed],
  ['absent below a leaf', '{"a":{"b":[{"exists":false}]}}', '{"a":"x"}', true, matched],
  ['one object of an array fits', '{"a":{"b":[1],"c":[2]}}', '{"a":[{"b":9},{"b":1,"c":2}]}', true, element],
  ['no single object fits', '{"a":{"b":[1],"c":[2]}}', '{"a":[{"b":1},{"c":2}]}', false, missed],
  [
    'a leaf in another element is not absent',
    '{"a":{"b":[{"exists":false}]}}',
    '{"a":[{"c":1},{"b":1}]}',
    false,
    missed,
  ],
  ['absent in every element', '{"a":{"b":[{"exists":false}]}}', '{"a":[{"c":1},{"d":1}]}', true, element],
  ['the body is an array', '{"a":["x"]}', '[{"a":"y"},{"a":"x"}]', true, element],
  ['or, first', '{"$or":[{"a":[1]},{"b":[2]}]}', '{"a":1}', true, matched],
  ['or, second', '{"$or":[{"a":[1]},{"b":[2]}]}', '{"b":2}', true, matched],
  ['or, with numbers', '{"$or":[{"a":[300]},{"b":[2]}]}', '{"a":300.0}', false, asText],
  ['absent below an empty array', '{"a":{"b":[{"exists":false}]}}', '{"a":[]}', true, matched],
  ['or, neither', '{"$or":[{"a":[1]},{"b":[2]}]}', '{"a":2,"b":1}', false, missed],
  ['or and a field', '{"c":[3],"$or":[{"a":[1]},{"b":[2]}]}', '{"b":2}', false, missed],
  ['or below a field', '{"c":{"$or":[{"a":[1]},{"b":[2]}]}}', '{"c":{"b":2}}', true, matched],
  ['or in or', '{"$or":[{"$or":[{"a":[1]},{"a":[2]}]},{"b":[2]}]}', '{"a":2}', true, matched],
  ['the last of two equal keys', '{"a":["x"],"a":["y"]}', '{"a":"y"}', true, matched],
  ['not the first of two equal keys', '{"a":["x"],"a":["y"]}', '{"a":"x"}', false, missed],
  ['a field called like an operator', '{"prefix":["x"]}', '{"prefix":"x"}', true, matched],
  ['a field called numeric', '{"numeric":[300]}', '{"numeric":300.0}', false, asText],
  ['a field of the prototype is none', '{"constructor":[{"exists":true}]}', '{}', false, missed],
  ['__proto__ is a field', '{"__proto__":["x"]}', '{"__proto__":"x"}', true, matched],
  ['a near miss beside a plain one', '{"a":[{"numeric":[">",1]}],"b":["x"]}', '{"a":"2","b":"y"}', false, missed],
  ['a near miss that decided', '{"a":[{"numeric":[">",1]}],"b":["x"]}', '{"a":"2","b":"x"}', false, numeric],
  [
    'a special branch of or that failed',
    '{"$or":[{"a":[{"exists":false}],"b":[1]},{"c":[2]}]}',
    '{"a":{"d":1},"c":2}',
    true,
    matched,
  ],
];

describe('structure', () => {
  test.each(structures)('%s', (_name, pattern, body, kept, rule) => {
    expect(verdict(pattern, body)).toEqual({ kept, rule });
  });

  test('data nested a hundred thousand levels deep is matched like any other', () => {
    const deep = `{"a":${'['.repeat(100_000)}300${']'.repeat(100_000)}}`;
    expect(verdict('{"a":[300]}', deep).kept).toBe(true);
    expect(verdict('{"a":[{"exists":false}]}', deep).kept).toBe(false);
  });
});

describe('patterns over one plain value', () => {
  const record = { data: { type: 'order', lines: [{ sku: 'a' }, { sku: 'b' }], total: 300 }, partitionKey: 'k1' };

  function fitsRecord(pattern: object): boolean {
    const compiled = compilePattern(pattern);
    if (!compiled.ok) throw new Error(compiled.detail);
    return matchesPattern(compiled.pattern, record);
  }

  test.each<readonly [object, boolean]>([
    [{}, true],
    [{ partitionKey: ['k1'] }, true],
    [{ partitionKey: [{ prefix: 'x' }] }, false],
    [{ data: { type: ['order'], lines: { sku: ['b'] } } }, true],
    [{ data: { total: [300] } }, true],
    [{ data: { total: [{ numeric: ['>', 300] }] } }, false],
    [{ data: { note: [{ exists: false }] } }, true],
    [{ $or: [{ partitionKey: ['k2'] }, { data: { type: ['order'] } }] }, true],
  ])('%j: %s', (pattern, fits) => {
    expect(fitsRecord(pattern)).toBe(fits);
  });

  test('a bad pattern is refused with what to change', () => {
    expect(compilePattern({ data: { type: 'order' } })).toEqual({
      ok: false,
      rule: 'filter.invalid-pattern',
      message: 'Invalid filter pattern definition.',
      detail: '"data.type" must be an object of fields, or a list of values such as ["x"].',
    });
  });
});
