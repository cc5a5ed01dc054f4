/**
 * Every case that was observed on AWS, one scenario file each (test/aws-cases/README.md). The files say what AWS showed as
 * far as a scenario can; `further` adds what it cannot: absent fields, equal ids, texts that hold the run's own UUID.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunResult, runPlan } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('./aws-cases', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** The cases in scope. What is left out, and why, stands in test/aws-cases/README.md. */
const ids = `
  S01 S02 S03 S07 S09 S10 S11 S12 S13 S15 S18 S19 S21 S22 S23 S25 S27 S28 S29 S32
  K01 K02 K03 K04 K05 K08 K09 K10 K11 K13 K15 K16 K18 K19 K21 K22 K25 K28
  D01 D02 D03 D04 D07 D08 D09 D11 D12 D15 D16 D17 D18 D21 D23 D24 D26 D27 D28 D30 D32
  A01 A03 A05 A06 A07 A08a C02 C03 C05
`
  .trim()
  .split(/\s+/);

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

const theOther = 'Please update or delete the existing mapping with UUID <uuid>';
const tableStream = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000';

interface StreamFailure {
  readonly responseContext?: unknown;
  readonly KinesisBatchInfo?: { readonly startSequenceNumber: string; readonly endSequenceNumber: string };
  readonly payload?: unknown;
}

/** What a case's scenario file cannot say. */
const further: Readonly<Record<string, (result: RunResult) => void>> = {
  S02: (result) => {
    const [first, second] = sqsRecords(result);
    expect(first).not.toHaveProperty('md5OfMessageAttributes');
    expect(second?.messageId).toBe(first?.messageId);
    expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
  },
  S32: (result) =>
    expectRefusal(
      result,
      `An event source mapping with SQS arn (" arn:aws:sqs:us-east-1:123456789012:orders ") and function (" consumer ") already exists. ${theOther}`,
    ),
  K04: (result) => expectRefusal(result, duplicateStream('arn:aws:kinesis:us-east-1:123456789012:stream/orders')),
  D03: (result) => expectRefusal(result, duplicateStream(tableStream)),
  K08: expectOneSequenceNumber,
  K09: expectOneSequenceNumber,
  K25: (result) => expect(failure(result)).not.toHaveProperty('responseContext'),
  D08: (result) => {
    const day = String.raw`\d{4}/\d{2}/\d{2}/\d{4}-\d{2}-\d{2}T\d{2}\.\d{2}\.\d{2}`;
    expect(result.discards[0]?.key).toMatch(new RegExp(`^aws/lambda/${uuid}/shardId-000000000000/${day}-${uuid}$`));
    const { payload } = failure(result);
    const event = typeof payload === 'string' ? JSON.parse(payload) : payload;
    expect(event).toMatchObject({ Records: [{ eventName: 'INSERT', dynamodb: { SizeBytes: 54 } }] });
  },
  A07: (result) => expect(result.calls[0]?.body).not.toHaveProperty('FilterCriteria'),
  A08a: (result) => {
    const body = result.calls[1]?.body as Record<string, unknown>;
    expect(body.UUID).toMatch(new RegExp(`^${uuid}$`));
    expect(body.SelfManagedKafkaEventSourceConfig).toMatchObject({ ConsumerGroupId: body.UUID });
    expect(body).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    expect(body).not.toHaveProperty('FunctionResponseTypes');
  },
  C05: (result) => {
    const [before, , after] = result.calls.map(({ body }) => listedUuids(body));
    expect(before).toHaveLength(1);
    expect(after).toEqual(before);
  },
};

/** That the first call was refused with exactly this text, in which `<uuid>` stands for any UUID. */
function expectRefusal(result: RunResult, message: string): void {
  expect(result.calls[0]?.error?.message.replace(new RegExp(uuid), '<uuid>')).toBe(message);
}

function duplicateStream(arn: string): string {
  return `The event source arn (" ${arn} ") and function (" consumer ") provided mapping already exists. ${theOther}`;
}

function failure(result: RunResult): StreamFailure {
  return result.discards[0]?.message as StreamFailure;
}

function expectOneSequenceNumber(result: RunResult): void {
  const info = failure(result).KinesisBatchInfo;
  expect(info?.startSequenceNumber).toMatch(/^\d+$/);
  expect(info?.endSequenceNumber).toBe(info?.startSequenceNumber);
}

function sqsRecords(result: RunResult): readonly Record<string, unknown>[] {
  return result.invocations.flatMap(({ event }) => (event as { Records: Record<string, unknown>[] }).Records);
}

function listedUuids(body: unknown): readonly unknown[] | undefined {
  return (body as { EventSourceMappings?: { UUID: unknown }[] } | null)?.EventSourceMappings?.map(({ UUID }) => UUID);
}

function idOf(file: string): string {
  return file.slice(0, file.indexOf('-'));
}

describe('observed on AWS', () => {
  test('every case in scope has a file, and every file is a case in scope', () => {
    expect([...new Set(files.map(idOf))].sort()).toEqual([...ids].sort());
    expect(Object.keys(further).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test.each(files)('%s', async (file) => {
    const { plan, feed } = await loadScenario(join(folder, file));
    const { result, misses, exitCode } = await runPlan(plan, feed, { events: true });
    expect(misses).toEqual([]);
    expect(result.violations).toEqual([]);
    expect(exitCode).toBe(0);
    further[idOf(file)]?.(result);
  });
});
