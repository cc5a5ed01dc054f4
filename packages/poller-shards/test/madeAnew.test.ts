/** A stream that is deleted and made anew under its name: the new one is read from its first record on. */
import { shardSource, substrateClient } from '@millrace/poller-shards';
import { MappingDriver, type MappingOptions, memoryCheckpoints, memoryStreams, systemClock } from '@millrace/runtime';
import type { StartingPosition } from '@millrace/semantics';
import { expect, test } from 'vitest';
import { HandSource } from '../../runtime/test/support/handSource.ts';
import { HandFunction, KINESIS, optionsOf } from '../../runtime/test/support/ordered.ts';
import { REGION, ROLE_ARN } from './support/events.ts';
import { ARN } from './support/fakeShards.ts';

interface KinesisEvent {
  readonly Records: readonly { readonly eventID: string; readonly kinesis: { readonly data: string } }[];
}

async function story(startingPosition: StartingPosition = 'TRIM_HORIZON') {
  const streams = memoryStreams();
  let createdAtMs = 0;
  const make = async () => {
    createdAtMs += 1;
    const rest = { retentionMs: 86_400_000, carried: {}, tags: {} };
    await streams.create({ name: 's', arn: ARN, kind: 'kinesis', createdAtMs, ...rest }, 1);
  };
  const put = (...texts: string[]) =>
    streams.open('s').put(texts.map((data) => ({ record: { partitionKey: 'k', data }, key: 'k', bytes: 3 })));
  await make();
  const [run, checkpoints] = [new HandFunction(), memoryCheckpoints()];
  const start = async () => {
    const client = substrateClient({ stream: streams.open('s'), kind: 'kinesis' });
    const common = { arn: ARN, region: REGION, roleArn: ROLE_ARN, tumblingWindowMs: 0, clock: systemClock };
    const source = await shardSource({ client, startingPosition, ...common });
    const rest: Partial<MappingOptions> = { source, checkpoints };
    const driver = new MappingDriver(optionsOf(new HandSource(), run, { ...KINESIS, startingPosition }, rest));
    driver.start();
    return driver;
  };
  const records = () => (run.events as unknown as readonly KinesisEvent[]).flatMap(({ Records }) => Records);
  const got = () => records().map(({ kinesis }) => kinesis.data);
  return { streams, make, put, start, got, records };
}

const NEW = ['new0', 'new1', 'new2', 'new3', 'new4', 'new5', 'new6', 'new7'];

test.each(['TRIM_HORIZON', 'LATEST'] as const)(
  'while it is read from %s',
  async (startingPosition) => {
    const { streams, make, put, start, got, records } = await story(startingPosition);
    const driver = await start();
    await expect.poll(() => driver.pollers().open).toBe(1);
    const putOld = async () => {
      await put('old');
      return got().length;
    };
    await expect.poll(putOld, { timeout: 5000 }).toBeGreaterThan(1);
    await streams.remove('s');
    await make();
    await put(...NEW);
    await expect.poll(() => got().slice(-8), { timeout: 15_000 }).toEqual(NEW);
    expect(got().filter((data) => data.startsWith('new'))).toEqual(NEW);
    expect(records().at(-1)?.eventID).toMatch(/^shardId-000000000000:/);
    await driver.stop();
    await driver.close();
  },
  30_000,
);

test('while nobody reads it, whatever its checkpoint was', async () => {
  const { streams, make, put, start, got } = await story();
  await put('old0', 'old1', 'old2', 'old3', 'old4');
  const before = await start();
  await expect.poll(() => got().length).toBe(5);
  await before.stop();
  await before.close();
  await streams.remove('s');
  await make();
  await put(...NEW);
  const after = await start();
  await expect.poll(() => got().length, { timeout: 5000 }).toBe(13);
  expect(got().slice(5)).toEqual(NEW);
  await after.stop();
  await after.close();
});
