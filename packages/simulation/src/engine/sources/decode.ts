/** Payloads as filters and behaviours see them. */
import { type DecodedData, decodedText } from '@millrace/semantics';
import { toUint8Array } from 'js-base64';

const ABSENT: DecodedData = { format: 'absent' };
const BINARY: DecodedData = { format: 'binary' };

/** Base64 bytes: UTF-8 text, or nothing that can be read. */
export function decodedBase64(base64: string | null): DecodedData {
  if (base64 === null) return ABSENT;
  try {
    return decodedText(new TextDecoder('utf-8', { fatal: true }).decode(toUint8Array(base64)));
  } catch {
    return BINARY;
  }
}

/** What a text says: parsed where it is JSON, else itself. */
export function parsedText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What base64 bytes say: JSON, text, or (when they are no text) the base64 itself. */
export function parsedBase64(base64: string | null): unknown {
  if (base64 === null) return null;
  const decoded = decodedBase64(base64);
  return 'text' in decoded ? parsedText(decoded.text) : base64;
}
