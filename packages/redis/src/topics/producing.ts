/** Appending records to a topic. */
import type { RecordProduced, Topic } from '@millrace/runtime';
import { partitionOfKey } from '@millrace/semantics';
import { encodeHead } from './codec.ts';
import type { TopicLink } from './link.ts';
import { produceScript } from './scripts.ts';

/** A script call takes no more than so many records, and begins no further one beyond so many characters. */
const CALL_RECORDS = 500;
const CALL_CHARS = 1_000_000;

/** The hash of a key is what the partition of a topic with this many partitions would be. */
const HASHES = 0x80000000;

type Records = Parameters<Topic['produce']>[0];

/** Appends in order. @throws {ConnectionLost} when it is not known whether some of it was appended */
export async function produceAll(link: TopicLink, records: Records): Promise<RecordProduced[]> {
  const must = mustExist(records);
  const produced: RecordProduced[] = [];
  do {
    const args: (string | number)[] = [must];
    let chars = 0;
    for (let at = produced.length; at < records.length && at - produced.length < CALL_RECORDS; at++) {
      const { record, partition } = records[at]!;
      args.push(placeFor(record.key, partition), record.timestampMs ?? '', encodeHead(record), record.value ?? '');
      chars += record.value?.length ?? 0;
      if (chars >= CALL_CHARS) break;
    }
    const { answer } = await link.call(produceScript, () => args, true);
    for (let at = 1; at < answer.length; at += 2) {
      produced.push({ partition: Number(answer[at]), offset: Number(answer[at + 1]) });
    }
  } while (produced.length < records.length);
  return produced;
}

/** The partition that exists only if all do; '' where none is named. */
function mustExist(records: Records): number | '' {
  let must: number | '' = '';
  for (const { partition } of records) {
    if (partition === undefined) continue;
    if (!(Number.isInteger(partition) && partition >= 0)) return partition;
    if (must === '' || partition > must) must = partition;
  }
  return must;
}

function placeFor(key: string | null, partition: number | undefined): string {
  if (partition !== undefined) return `p${partition}`;
  return key === null ? 'r' : `k${partitionOfKey(Buffer.from(key, 'base64'), HASHES)}`;
}
