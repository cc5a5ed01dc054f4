/**
 * Receipt handles on the wire: opaque text that holds the queue's name and the substrate's own handle, so that a handle of
 * another queue, or one that somebody made up, is told from one that has only grown old.
 */
import { SqsError } from '../errors.ts';

const VERSION = 'mr1';

export function handleOnWire(queueName: string, receiptHandle: string): string {
  return Buffer.from(`${VERSION} ${queueName} ${receiptHandle}`, 'latin1').toString('base64');
}

/** @throws {SqsError} when it is no handle of this queue */
export function handleFromWire(queueName: string, handle: string): string {
  const text = Buffer.from(handle, 'base64').toString('latin1');
  const prefix = `${VERSION} ${queueName} `;
  if (!text.startsWith(prefix) || text.length === prefix.length) {
    throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
  }
  return text.slice(prefix.length);
}
