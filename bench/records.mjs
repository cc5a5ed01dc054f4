/** Records for the benches: the same for the simulator and for the bare loop. */

/** 200 bytes of JSON, base64. */
export function payload(index) {
  const text = JSON.stringify({ n: index, pad: 'x'.repeat(180) }).slice(0, 198);
  return Buffer.from(text).toString('base64');
}

/** One payload for all: making payloads is not what is measured. */
export const DATA = payload(1_000_000);
