/** One live measure, in a process of its own: `measure.mjs NAME MESSAGES ROUNDS`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { dynamodbPath, gatewayPath } from './endpoints.mjs';
import { heavy, isolated } from './functions.mjs';
import { idle, startUpTime } from './idle.mjs';
import { jobs } from './jobs.mjs';
import { kafkaPath } from './kafka.mjs';
import { resharding } from './resharding.mjs';
import { substrateShards } from './shards.mjs';
import { sdkPath } from './sqs.mjs';
import { substratePath } from './substrate.mjs';
import { takeover } from './takeover.mjs';

const [name, messagesText, roundsText] = process.argv.slice(2);
const messages = Number(messagesText);
const rounds = Number(roundsText);
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
const world = { folder, messages, rounds };

const MEASURES = {
  'live-gateway': () => sdkPath('gateway', world),
  'live-elasticmq': () => sdkPath('elasticmq', world),
  'live-substrate': () => substratePath(world),
  'live-jobs': () => jobs(1, world),
  'live-jobs-10': () => jobs(10, world),
  'live-isolated': () => isolated(world),
  'live-heavy': () => heavy(world),
  'live-kafka': () => kafkaPath(world),
  'live-dynamodb': () => dynamodbPath(world),
  'live-kinesis-gateway': () => gatewayPath(world),
  'live-shards': () => substrateShards(world),
  'live-reshard': () => resharding(world),
  'live-takeover': () => takeover(world),
  'live-idle': () => idle(world),
  'live-start': () => startUpTime(world),
};

try {
  await MEASURES[name]();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
