/** Records that always fail, by every way to give them up: the others are handled in order, and no commit is ahead of one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Brokers } from '../../packages/poller-kafka/test/support/kafka.ts';
import { describeWith, sharedKafka } from '../components/available.ts';
import type { KafkaArena, TopicLine } from './support/kafkaArena.ts';
import { inArena } from './support/kafkaEnds.ts';
import type { GivenUp } from './support/kafkaEvidence.ts';
import { failuresInQueue, failuresInTopic } from './support/kafkaFailures.ts';
import { isDeep } from './support/lines.ts';

const PATIENCE_MS = isDeep ? 600_000 : 90_000;
const PARTITIONS = 3;
const COUNT = isDeep ? 1500 : 300;

interface Way {
  readonly bisect: boolean;
  readonly report: boolean;
  readonly retries: number;
  readonly to: 'queue' | 'topic';
  readonly ageSeconds?: number;
}

const WAYS: readonly Way[] = [
  { bisect: true, report: true, retries: 1, to: 'topic' },
  { bisect: true, report: false, retries: 0, to: 'queue' },
  { bisect: false, report: true, retries: 2, to: 'queue' },
  { bisect: false, report: false, retries: 1, to: 'topic' },
];
const DEEP_WAYS: readonly Way[] = [
  { bisect: true, report: true, retries: 3, to: 'queue' },
  { bisect: true, report: false, retries: -1, to: 'queue', ageSeconds: 60 },
  { bisect: false, report: true, retries: -1, to: 'topic', ageSeconds: 60 },
  { bisect: false, report: false, retries: 0, to: 'queue' },
];

function nameOfWay({ bisect, report, retries, to, ageSeconds }: Way): string {
  const age = ageSeconds === undefined ? '' : `-age-${ageSeconds}`;
  return `${bisect ? 'bisect' : 'whole'}-${report ? 'report' : 'throw'}-${retries}${age}-${to}`.replace('--1', '-ever');
}

/** One of each partition, far from each other. */
const POISON = new Set([20, 121, 222]);
/** It goes wrong once, with all that are with it, and is well then. */
const UNWELL = 61;

function saysOf({ report }: Way) {
  return (at: number) => {
    if (POISON.has(at)) return { do: report && at !== 121 ? 'report' : 'fail' };
    return at === UNWELL ? { do: 'fail', times: 1 } : {};
  };
}

describeWith(['redis', 'kafka'], 'poison in topics', () => {
  let brokers: Brokers;

  beforeAll(async () => {
    brokers = await Brokers.connect(await sharedKafka());
  }, 180_000);
  afterAll(async () => {
    await brokers?.close();
  }, 30_000);

  async function lineOf(way: Way): Promise<TopicLine & { readonly way: Way; readonly failures: string }> {
    const { bisect, report, retries, to, ageSeconds } = way;
    const name = nameOfWay(way);
    const failures = to === 'queue' ? `failed-${name}` : await brokers.topic(1);
    const Destination = to === 'queue' ? `arn:aws:sqs:us-east-1:123456789012:${failures}` : `kafka://${failures}`;
    const parameters = {
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 },
      MaximumRetryAttempts: retries,
      BisectBatchOnFunctionError: bisect,
      ...(ageSeconds !== undefined && { MaximumRecordAgeInSeconds: ageSeconds }),
      ...(report && { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
      DestinationConfig: { OnFailure: { Destination } },
    };
    return { name, partitions: PARTITIONS, parameters, way, failures };
  }

  function failuresOf(arena: KafkaArena, { way, failures }: Awaited<ReturnType<typeof lineOf>>): Promise<GivenUp[]> {
    return way.to === 'queue' ? failuresInQueue(arena.redis.url, failures) : failuresInTopic(brokers, failures);
  }

  test('is given up, and nothing else is lost', { timeout: PATIENCE_MS }, async () => {
    const lines = await Promise.all([...WAYS, ...(isDeep ? DEEP_WAYS : [])].map(lineOf));
    await inArena(brokers.urls, lines, async (arena) => {
      await arena.startAll('all', 'all');
      for (const { name, way } of lines) arena.load({ count: COUNT, perSecond: 300, says: saysOf(way) }, name);
      await arena.drained(PATIENCE_MS);
      for (const line of lines) {
        const poison = poisonOf(arena, line.name);
        // Its delivery may come after the commit.
        const isTold = async () => poison.every(isIn(await failuresOf(arena, line)));
        await arena.until(`${line.name} has told of its poison`, isTold, 20_000);
        const givenUp = await failuresOf(arena, line);
        const account = await arena.account(givenUp, line.name);
        console.info(`${line.name}: ${account.summary}`);
        expect([line.name, ...account.violations]).toEqual([line.name]);
        // What is bisected is given up alone, but behind what lasts until it is too old others are too old as well.
        const isAlone = line.way.bisect && line.way.ageSeconds === undefined;
        if (isAlone) expect([line.name, account.givenUp]).toEqual([line.name, POISON.size]);
        expect(account.givenUp).toBeGreaterThanOrEqual(POISON.size);
      }
    });
  });
});

/** The poison of a line, at its places. */
function poisonOf(arena: KafkaArena, name: string) {
  const { topic } = arena.line(name);
  return arena.sent().filter(({ lane, id }) => lane.startsWith(`${topic}-`) && POISON.has(Number(id.slice(1))));
}

function isIn(givenUp: readonly GivenUp[]) {
  const runs = givenUp.flatMap((one) => one.runs);
  return ({ lane, offset }: { readonly lane: string; readonly offset: number }) =>
    runs.some((run) => run.lane === lane && run.first <= offset && offset <= run.last);
}
