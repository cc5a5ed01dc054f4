/** What every adapter of checkpoints must do. Each case is a promise that rejects when it does not hold. */
import assert from 'node:assert/strict';
import type { Scope } from '../ports/checkpoints.ts';
import { type CheckpointCase, idle, isAt, nothing, saver, shard, working } from './checkpointSubject.ts';

/** Kinesis: 56 digits, and one more; so far apart that a floating-point number does not tell them from each other. */
const SEQUENCE = '4967283647238472384723847238472384723847238472384723840';
const sequence = (last: number) => `${SEQUENCE}${last}`;
const LONGER = `1${'0'.repeat(56)}`;

const progressCases: readonly CheckpointCase[] = [
  {
    name: 'of which nothing is known, nothing is answered',
    async run(subject) {
      await isAt(subject, shard, nothing);
      assert.deepEqual(await subject.checkpoints.ended(shard.mapping), []);
      await subject.checkpoints.forget(shard.mapping);
    },
  },
  {
    name: 'a checkpoint is the one that was saved last, exactly as it was written',
    async run(subject) {
      const save = saver(subject);
      await save({ checkpoint: sequence(1) });
      await isAt(subject, shard, { checkpoints: new Map([['', sequence(1)]]) });
      await save({ checkpoint: LONGER });
      await save({});
      await isAt(subject, shard, { checkpoints: new Map([['', LONGER]]) });
      await save({ checkpoint: '000000000000000000007' });
      await isAt(subject, shard, { checkpoints: new Map([['', '000000000000000000007']]) });
    },
  },
  {
    name: 'each ledger of a scope has its own checkpoint; numbers stay numbers',
    async run(subject) {
      const save = saver(subject, shard, 1);
      await save({ lane: 't-0', checkpoint: 9_007_199_254_740_991 });
      await save({ lane: 't-1', checkpoint: 0 });
      await isAt(subject, shard, {
        checkpoints: new Map([
          ['t-0', 9_007_199_254_740_991],
          ['t-1', 0],
        ]),
      });
    },
  },
  {
    name: 'where a ledger begins is kept once, by whoever comes first',
    async run(subject) {
      const { checkpoints, elsewhere } = subject;
      assert.equal(await checkpoints.begin(shard, new Map([['', 'AT 5']])), true);
      assert.equal(
        await elsewhere.begin(
          shard,
          new Map([
            ['', 'AT 9'],
            ['t-1', 'LATEST'],
          ]),
        ),
        true,
      );
      const starts = new Map([
        ['', 'AT 5'],
        ['t-1', 'LATEST'],
      ]);
      await isAt(subject, shard, { starts });
      assert.equal(await checkpoints.begin(shard, new Map()), true);
      await isAt(subject, shard, { starts });
    },
  },
  {
    name: 'what is finished ahead is loaded until the checkpoint has passed it',
    async run(subject) {
      const save = saver(subject);
      const at = (last: number) => new Map([['', sequence(last)]]);
      const ahead = (...positions: readonly string[]) => ({ parallelizationFactor: 2, ahead: positions, lanes: [] });
      await save({ checkpoint: sequence(1), completed: [sequence(5), LONGER, sequence(3)] });
      await save({ completed: [sequence(4), sequence(3)] });
      await isAt(subject, shard, {
        checkpoints: at(1),
        saved: ahead(sequence(3), sequence(4), sequence(5), LONGER),
      });
      await save({ checkpoint: sequence(4) });
      await isAt(subject, shard, { checkpoints: at(4), saved: ahead(sequence(5), LONGER) });
      await save({ checkpoint: sequence(9) });
      await isAt(subject, shard, { checkpoints: at(9), saved: ahead(LONGER) });
      await save({ checkpoint: LONGER });
      await isAt(subject, shard, { checkpoints: new Map([['', LONGER]]) });
    },
  },
  {
    name: 'a checkpoint that goes back forgets what was finished ahead of the former one',
    async run(subject) {
      const save = saver(subject, shard, 1);
      const saved = { parallelizationFactor: 1, lanes: [] };
      await save({ lane: 't-1', checkpoint: 99, completed: [102, 1000] });
      await save({ lane: 't-10', checkpoint: 5, completed: [7] });
      await save({ lane: 't-1', checkpoint: 99 });
      assert.deepEqual((await subject.elsewhere.load(shard)).saved?.ahead, [102, 1000, 7]);
      await save({ lane: 't-1', checkpoint: 40, completed: [42] });
      const checkpoints = new Map([
        ['t-1', 40],
        ['t-10', 5],
      ]);
      await isAt(subject, shard, { checkpoints, saved: { ...saved, ahead: [42, 7] } });
      await save({ lane: 't-1', checkpoint: 100 });
      await isAt(subject, shard, { checkpoints: checkpoints.set('t-1', 100), saved: { ...saved, ahead: [7] } });
    },
  },
  {
    name: 'the checkpoint of one ledger passes nothing of another',
    async run(subject) {
      const save = saver(subject, shard, 1);
      await save({ lane: 't-1', completed: [7] });
      await save({ lane: 't-10', completed: [8, 10] });
      await save({ lane: '', completed: [9] });
      await save({ lane: 't-1', checkpoint: 100 });
      const checkpoints = new Map([['t-1', 100]]);
      const { saved } = await subject.elsewhere.load(shard);
      assert.deepEqual(
        [...(saved?.ahead ?? [])].map(Number).sort((one, other) => one - other),
        [8, 9, 10],
      );
      await save({ lane: 't-10', checkpoint: 10 });
      await isAt(subject, shard, {
        checkpoints: checkpoints.set('t-10', 10),
        saved: { parallelizationFactor: 1, ahead: [9], lanes: [] },
      });
    },
  },
];

const laneCases: readonly CheckpointCase[] = [
  {
    name: 'a batch in progress is kept by lane, replaced, and forgotten when the lane is idle',
    async run(subject) {
      const save = saver(subject);
      await save({}, [working('0', ['1', '2']), working('1', ['3'], ['1', 't-4 é'])]);
      await save({}, [working('0', ['2'])]);
      const both = [working('0', ['2']), working('1', ['3'], ['1', 't-4 é'])];
      await isAt(subject, shard, { saved: { parallelizationFactor: 2, ahead: [], lanes: both } });
      await save({}, [idle('0'), idle('5')]);
      await isAt(subject, shard, { saved: { parallelizationFactor: 2, ahead: [], lanes: both.slice(1) } });
      await save({}, [idle('1')]);
      await isAt(subject, shard, nothing);
    },
  },
  {
    name: 'an open window is kept with its state of 1 MB, also when its lane is idle',
    async run(subject) {
      const state = { text: 'é'.repeat(500_000), n: [1, null, { deep: '\u0000' }] };
      const window = { startMs: 0, endMs: 60_000, state, stateBytes: 1_000_000, overgrown: false, lastArrivalMs: 5 };
      await saver(subject)({}, [{ lane: '0', work: [], window }]);
      const lanes = [{ lane: '0', work: [], window }];
      await isAt(subject, shard, { saved: { parallelizationFactor: 2, ahead: [], lanes } });
    },
  },
  {
    name: 'a save with another factor drops the lanes that were cut under the former one, and nothing else',
    async run(subject) {
      const checkpoints = new Map([['', 4]]);
      await saver(subject)({ checkpoint: 4, completed: [9] }, [working('0', [5]), working('1', [6])]);
      await saver(subject, shard, 4)({}, [working('1', [7])]);
      const lanes = [working('1', [7])];
      await isAt(subject, shard, { checkpoints, saved: { parallelizationFactor: 4, ahead: [9], lanes } });
      await saver(subject)({});
      await isAt(subject, shard, { checkpoints, saved: { parallelizationFactor: 2, ahead: [9], lanes: [] } });
    },
  },
  {
    name: 'saves that are ordered at once are applied in their order',
    async run(subject) {
      const save = saver(subject);
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      await Promise.all(numbers.map((n) => save({ checkpoint: n, completed: [n + 2] }, [working('0', [n])])));
      await isAt(subject, shard, {
        checkpoints: new Map([['', 199]]),
        saved: { parallelizationFactor: 2, ahead: [200, 201], lanes: [working('0', [199])] },
      });
    },
  },
];

const scopeCases: readonly CheckpointCase[] = [
  {
    name: 'a scope is told from those of the same name, and of the same mapping',
    async run(subject) {
      await saver(subject)({ checkpoint: 1, completed: [3] }, [working('0', [2])]);
      await isAt(subject, { ...shard, name: 'other' }, nothing);
      await isAt(subject, { ...shard, mapping: 'mapping-2' }, nothing);
    },
  },
  {
    name: 'a shard has ended once that was said, and its mapping knows it',
    async run(subject) {
      const { checkpoints, elsewhere } = subject;
      const ended = { ...shard, name: 'ended' };
      await saver(subject)({ checkpoint: 1 });
      assert.equal(await checkpoints.end(ended), true);
      assert.equal(await checkpoints.end(ended), true);
      await isAt(subject, ended, { ended: true });
      await isAt(subject, shard, { checkpoints: new Map([['', 1]]) });
      assert.deepEqual(await elsewhere.ended(shard.mapping), ['ended']);
      assert.deepEqual(await elsewhere.ended('mapping-2'), []);
    },
  },
  {
    name: 'a scope is dropped once it has ended, and not before; its name can be used again',
    async run(subject) {
      const { checkpoints, elsewhere } = subject;
      const other: Scope = { ...shard, name: 'other' };
      await saver(subject)({ checkpoint: 1, completed: [3] }, [working('0', [2])]);
      await checkpoints.end(other);
      const before = await checkpoints.load(shard);
      await elsewhere.drop(shard);
      await isAt(subject, shard, before);
      await checkpoints.end(shard);
      await elsewhere.drop(shard);
      await elsewhere.drop(shard);
      await isAt(subject, shard, nothing);
      assert.deepEqual(await checkpoints.ended(shard.mapping), ['other']);
      await saver({ ...subject, checkpoints: elsewhere })({ checkpoint: 2 });
      await elsewhere.end(shard);
      assert.deepEqual([...(await checkpoints.ended(shard.mapping))].sort(), ['other', shard.name].sort());
    },
  },
  {
    name: 'a mapping is forgotten with everything of it, and another one is not; its name can be used again',
    async run(subject) {
      const { checkpoints, elsewhere } = subject;
      const other: Scope = { mapping: 'mapping-10', name: shard.name };
      await saver(subject)({ checkpoint: 1, completed: [3] }, [working('0', [2])]);
      await checkpoints.begin(shard, new Map([['', 'LATEST']]));
      await checkpoints.end(shard);
      await checkpoints.end(other);
      await elsewhere.forget(shard.mapping);
      await isAt(subject, shard, nothing);
      assert.deepEqual(await checkpoints.ended(shard.mapping), []);
      assert.deepEqual(await checkpoints.ended('mapping-10'), [shard.name]);
      await saver({ ...subject, checkpoints: elsewhere })({ checkpoint: 2 });
      await isAt(subject, shard, { checkpoints: new Map([['', 2]]) });
      await elsewhere.forget(shard.mapping);
      await isAt(subject, shard, nothing);
    },
  },
];

const fencingCases: readonly CheckpointCase[] = [
  {
    name: 'a deposed owner is refused, and nothing is changed',
    async run(subject) {
      const { checkpoints, elsewhere, depose } = subject;
      const name = `${shard.mapping}/${shard.name}`;
      const former: Scope = { ...shard, owner: await depose(name) };
      await saver(subject, former)({ checkpoint: 1, completed: [3] }, [working('0', [2])]);
      const current: Scope = { ...shard, owner: await depose(name) };
      const before = await checkpoints.load(shard);
      const order = { ledgers: [{ lane: '', checkpoint: 3, completed: [5] }], lanes: [idle('0')] };
      assert.equal(await checkpoints.save(former, 4, order), false);
      assert.equal(await checkpoints.begin(former, new Map([['', 'LATEST']])), false);
      assert.equal(await checkpoints.end(former), false);
      assert.deepEqual(await elsewhere.ended(shard.mapping), []);
      await isAt(subject, shard, before);
      assert.equal(await elsewhere.save(current, 2, order), true);
      await isAt(subject, shard, {
        checkpoints: new Map([['', 3]]),
        saved: { parallelizationFactor: 2, ahead: [5], lanes: [] },
      });
    },
  },
  {
    name: 'an owner is asked for the name that it owns; whoever never was one is refused',
    async run(subject) {
      const { checkpoints, depose } = subject;
      const order = { ledgers: [{ lane: '', checkpoint: 3, completed: [] }], lanes: [] };
      const never: Scope = { ...shard, owner: { name: `${shard.mapping}/${shard.name}`, epoch: 1 } };
      assert.equal(await checkpoints.save(never, 1, order), false);
      await depose(`${shard.mapping}/other`);
      assert.equal(await checkpoints.save(never, 1, order), false);
      await isAt(subject, shard, nothing);
    },
  },
];

export const checkpointCases: readonly CheckpointCase[] = [
  ...progressCases,
  ...laneCases,
  ...scopeCases,
  ...fencingCases,
];
