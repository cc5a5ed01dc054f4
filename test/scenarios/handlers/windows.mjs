/**
 * Real code for the scenarios of tumbling windows: counts the records of a window in its state. A record that says `grow`
 * makes the state larger than the 1 MB that a window may hand on.
 */
export function count(event) {
  if (event.isWindowTerminatedEarly) return { state: {} };
  const before = event.state.count ?? 0;
  const grows = event.Records.some(({ kinesis }) => JSON.parse(atob(kinesis.data)).grow === true);
  return { state: { count: before + event.Records.length, ...(grows && { ballast: 'x'.repeat(1_100_000) }) } };
}
