/**
 * The digests that SQS shows with a message. They let a receiver check what travelled; they are no security.
 */
import type { MessageAttribute } from '@millrace/semantics';
import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeBase64 } from './base64.ts';

const STRING_VALUE = 1;
const BINARY_VALUE = 2;

/** The deduplication id that a FIFO queue with content-based deduplication gives a body: its SHA-256 in hex. */
export function contentDeduplicationId(body: string): string {
  return bytesToHex(sha256(utf8ToBytes(body)));
}

/**
 * `md5OfMessageAttributes`: MD5 over all attributes by ascending name, each as its name, its data type, one byte for
 * the kind of value, and the value; each of the three behind its length in four bytes, most significant first (SQS
 * Developer Guide, "Calculating the MD5 message digest for message attributes").
 */
export function md5OfMessageAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const digest = md5.create();
  const update = (bytes: Uint8Array) => digest.update(lengthPrefix(bytes.length)).update(bytes);
  for (const [name, attribute] of Object.entries(attributes).sort(byName)) {
    update(utf8ToBytes(name));
    update(utf8ToBytes(attribute.dataType));
    const isBinary = attribute.binaryValue !== undefined;
    digest.update(Uint8Array.of(isBinary ? BINARY_VALUE : STRING_VALUE));
    update(isBinary ? decodeBase64(attribute.binaryValue) : utf8ToBytes(attribute.stringValue ?? ''));
  }
  return bytesToHex(digest.digest());
}

/** Names are ASCII, so that the order of code units is the order of bytes. */
function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function lengthPrefix(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}
