/** Puts records into a stream: where each goes is decided here, where the shards are known, and proved by the revision. */
import { createHash } from 'node:crypto';
import type { PutOutcome, RecordPut } from '@millrace/runtime';
import { type Shard, sequenceNumber, shardFor } from '@millrace/semantics';
import { encodeRecord, isKinesis } from './codec.ts';
import type { Known } from './known.ts';
import type { StreamLink } from './link.ts';
import { putScript } from './scripts.ts';

/** A script call takes no more than so many records, and begins no further one beyond so many characters. */
const CALL_RECORDS = 500;
const CALL_CHARS = 1_000_000;

interface Encoded extends RecordPut {
  readonly text: string;
}

/** In order, each standing or falling by itself. A call is carried out as a whole or not at all. */
export async function putAll(link: StreamLink, records: readonly RecordPut[]): Promise<PutOutcome[]> {
  const outcomes: PutOutcome[] = [];
  for (let from = 0; from < records.length; ) {
    const call: Encoded[] = [];
    for (let chars = 0; from < records.length && call.length < CALL_RECORDS && chars < CALL_CHARS; from++) {
      const put = records[from]!;
      const text = encodeRecord(put);
      chars += text.length;
      call.push({ ...put, text });
    }
    for (const outcome of await putSome(link, call)) outcomes.push(outcome);
  }
  return outcomes;
}

/** Should the connection be lost, it is not known whether the records are there: to repeat it might put them twice. */
async function putSome(link: StreamLink, records: readonly Encoded[]): Promise<PutOutcome[]> {
  const shards: Shard[] = [];
  const argsOf = (known: Known) => {
    const { recordsPerSecond = '', bytesPerSecond = '' } = known.definition.putLimits ?? {};
    const args: (string | number)[] = [recordsPerSecond, bytesPerSecond];
    for (const [place, { record, key, bytes, text }] of records.entries()) {
      const explicitHashKey = isKinesis(record) ? record.explicitHashKey : undefined;
      const shard = shardFor(known.state, key, explicitHashKey, hashKey);
      shards[place] = shard;
      args.push(shard.number, bytes, text);
    }
    return args;
  };
  const { answer } = await link.call(putScript, argsOf, true);
  const arrivalMs = Number(answer[0]);
  return shards.map((shard, place) => {
    const index = answer[place + 1] as number;
    if (index < 0) return { kind: 'throttled', shardId: shard.id };
    return { kind: 'put', shardId: shard.id, index, sequenceNumber: sequenceNumber(shard, { index, arrivalMs }) };
  });
}

/** MD5 of a partition key, as a number of 128 bits. */
function hashKey(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}
