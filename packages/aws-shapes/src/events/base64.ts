/** Base64 as AWS writes it in events: the standard alphabet, padded. Nothing here reads a platform's own decoder. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const VALUES = new Uint8Array(128);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Bytes of a base64 text as a JSON string: its alphabet needs no escapes, so that nobody has to look at it. */
export function base64JsonBytes(base64: string): number {
  return base64.length + 2;
}

/** How many bytes a base64 text stands for. */
export function decodedLength(base64: string): number {
  return Math.floor((unpaddedLength(base64) * 3) / 4);
}

/** The bytes that a base64 text stands for. */
export function decodeBase64(base64: string): Uint8Array {
  const bytes = new Uint8Array(decodedLength(base64));
  const end = unpaddedLength(base64);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < end; i++) {
    bits = ((bits << 6) | (VALUES[base64.charCodeAt(i)] ?? 0)) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return bytes;
}

function unpaddedLength(base64: string): number {
  if (base64.endsWith('==')) return base64.length - 2;
  return base64.endsWith('=') ? base64.length - 1 : base64.length;
}
