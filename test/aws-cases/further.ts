/** What a case's scenario file cannot say: absent fields, equal ids, texts that hold the run's own UUID. */
import type { RunResult } from '@millrace/simulation';
import { expect } from 'vitest';

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

const theOther = 'Please update or delete the existing mapping with UUID <uuid>';
const tableStream = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000';

interface StreamFailure {
  readonly responseContext?: unknown;
  readonly KinesisBatchInfo?: { readonly startSequenceNumber: string; readonly endSequenceNumber: string };
  readonly payload?: unknown;
}

/** By the id of the case. */
export const further: Readonly<Record<string, (result: RunResult) => void>> = {
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

export function idOf(file: string): string {
  return file.slice(0, file.indexOf('-'));
}
