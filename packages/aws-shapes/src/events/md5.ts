/**
 * MD5 (RFC 1321) of short texts, for digests that every message of a queue carries: an SQS event needs one per message,
 * and a general library spends more on setting up a hash than on the hash. State is one scratch buffer, which no call
 * leaves to another: the function is synchronous and each call fills what it reads.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** The four rounds: by how far each of their steps rotates, and the step of their walk through the block. */
const SHIFTS = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const SINES = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

let scratch = new Int32Array(256);
const state = new Int32Array(4);

/** MD5 of a text's UTF-8 bytes, in lower-case hex. */
export function md5Hex(text: string): string {
  const length = fillAscii(text) ? text.length : fillBytes(utf8ToBytes(text));
  return digest(length);
}

/** MD5 of bytes, in lower-case hex. */
export function md5HexOfBytes(bytes: Uint8Array): string {
  return digest(fillBytes(bytes));
}

/** Empties the scratch buffer as far as a message of so many bytes needs it. */
function clearFor(length: number): void {
  const words = wordsFor(length);
  if (words > scratch.length) scratch = new Int32Array(words * 2);
  else scratch.fill(0, 0, words);
}

function wordsFor(length: number): number {
  return (Math.floor((length + LENGTH_BYTES) / BLOCK_BYTES) + 1) * 16;
}

/** Writes a text of ASCII characters; false, and nothing of use written, when it holds others. */
function fillAscii(text: string): boolean {
  clearFor(text.length);
  const words = scratch;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    words[i >> 2] = (words[i >> 2] ?? 0) | (unit << ((i & 3) << 3));
  }
  return true;
}

function fillBytes(bytes: Uint8Array): number {
  clearFor(bytes.length);
  const words = scratch;
  for (let i = 0; i < bytes.length; i++) words[i >> 2] = (words[i >> 2] ?? 0) | ((bytes[i] ?? 0) << ((i & 3) << 3));
  return bytes.length;
}

/** Pads what stands in the scratch buffer and digests it. */
function digest(length: number): string {
  const words = scratch;
  const end = wordsFor(length);
  words[length >> 2] = (words[length >> 2] ?? 0) | (0x80 << ((length & 3) << 3));
  words[end - 2] = length << 3;
  words[end - 1] = length >>> 29;
  state.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  for (let block = 0; block < end; block += 16) digestBlock(words, block);
  let hex = '';
  for (const word of state) {
    hex += `${HEX[word & 255]}${HEX[(word >> 8) & 255]}${HEX[(word >> 16) & 255]}${HEX[word >>> 24]}`;
  }
  return hex;
}

/** Mixes one block of sixteen words into the state, in four rounds of sixteen steps. */
function digestBlock(words: Int32Array, block: number): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const mixed =
      round < 2 ? (round === 0 ? d ^ (b & (c ^ d)) : c ^ (d & (b ^ c))) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
    const at = round < 2 ? (round === 0 ? step : 5 * step + 1) : round === 2 ? 3 * step + 5 : 7 * step;
    const sum = (a + mixed + (SINES[step] ?? 0) + (words[block + (at & 15)] ?? 0)) | 0;
    const shift = SHIFTS[(round << 2) | (step & 3)] ?? 0;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = ((state[0] ?? 0) + a) | 0;
  state[1] = ((state[1] ?? 0) + b) | 0;
  state[2] = ((state[2] ?? 0) + c) | 0;
  state[3] = ((state[3] ?? 0) + d) | 0;
}
