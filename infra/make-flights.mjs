/**
 * Makes demo/flights.jsonl from the npm package vega-datasets: the first 3,000 US flights of January 2001 in its file
 * data/flights-20k.json, in the package's order, which is the order of departure. Same package, same bytes.
 *
 *     node infra/make-flights.mjs            downloads the package with npm
 *     node infra/make-flights.mjs DIRECTORY  reads the unpacked package there (the directory with its package.json)
 *
 * A record's key is the origin airport, its id the airport and a running number there (`ORD-17` is the 17th flight out of
 * Chicago), its time the minutes since the first departure.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageName = 'vega-datasets@3.2.1';
const dataFile = 'data/flights-20k.json';
/** Of that file in that version of the package. */
const dataSha256 = '52f0ddd892d4569284b845e17323abc9afb7d303ec8f63251634a20327a610bb';
const flightCount = 3_000;
const target = fileURLToPath(new URL('../demo/flights.jsonl', import.meta.url));

function withPackage(use) {
  const given = process.argv[2];
  if (given) return use(given);
  const dir = mkdtempSync(join(tmpdir(), 'millrace-flights-'));
  try {
    execFileSync('npm', ['pack', packageName, '--pack-destination', dir, '--silent'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const tarball = readdirSync(dir).find((name) => name.endsWith('.tgz'));
    execFileSync('tar', ['xzf', join(dir, tarball), '-C', dir]);
    return use(join(dir, 'package'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readFlights(packageDir) {
  const bytes = readFileSync(join(packageDir, dataFile));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== dataSha256) throw new Error(`${dataFile} is not that of ${packageName}: its SHA-256 is ${sha256}.`);
  return JSON.parse(bytes.toString('utf8')).slice(0, flightCount);
}

/** Minutes since the epoch of the package's local times, read as UTC: only differences matter. */
function departureMinutes(flight) {
  return Date.parse(`${flight.date.replaceAll('/', '-').replace(' ', 'T')}:00Z`) / 60_000;
}

function toRecords(flights) {
  const flightsFrom = new Map();
  const first = departureMinutes(flights[0]);
  return flights.map((flight) => {
    const number = (flightsFrom.get(flight.origin) ?? 0) + 1;
    flightsFrom.set(flight.origin, number);
    return {
      id: `${flight.origin}-${number}`,
      at: `${departureMinutes(flight) - first}m`,
      key: flight.origin,
      data: flight,
    };
  });
}

const header = { millrace: 1, source: { type: 'kinesis', name: 'flights', shards: 4 } };
const records = withPackage((dir) => toRecords(readFlights(dir)));
writeFileSync(target, [header, ...records].map((line) => `${JSON.stringify(line)}\n`).join(''));
console.error(`${target}: ${records.length} flights.`);
