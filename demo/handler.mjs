/**
 * The demo's consumer, as it would be deployed to Lambda: it reads flights from Kinesis and keeps the mean delay of each
 * airport. Its flaw is real, too: it was written for delays of up to four hours, and January 2001 has longer ones.
 */
const longestDelayMinutes = 240;

/** Throws for the whole batch when one flight is not acceptable, as most consumers do. */
export async function handler(event) {
  return summarize(event.Records.map(readFlight));
}

/** The better consumer: names the flights that failed, for mappings with ReportBatchItemFailures. */
export async function reporting(event) {
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      readFlight(record);
    } catch {
      batchItemFailures.push({ itemIdentifier: record.kinesis.sequenceNumber });
    }
  }
  return { batchItemFailures };
}

function readFlight(record) {
  const flight = JSON.parse(Buffer.from(record.kinesis.data, 'base64').toString('utf8'));
  if (!Number.isFinite(flight.delay) || !Number.isFinite(flight.distance)) {
    throw new TypeError(`flight ${flight.origin}-${flight.destination} has no delay or no distance`);
  }
  if (flight.delay > longestDelayMinutes) {
    throw new RangeError(
      `flight ${flight.origin}-${flight.destination}: a delay of ${flight.delay} minutes is too long`,
    );
  }
  return flight;
}

function summarize(flights) {
  const byAirport = new Map();
  for (const { origin, delay } of flights) {
    const sum = byAirport.get(origin) ?? { flights: 0, delay: 0 };
    byAirport.set(origin, { flights: sum.flights + 1, delay: sum.delay + delay });
  }
  return Object.fromEntries([...byAirport].map(([airport, sum]) => [airport, sum.delay / sum.flights]));
}
