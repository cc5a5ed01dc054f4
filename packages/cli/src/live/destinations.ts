/**
 * Where failure records go in a live run: queues and topics of the substrate, the brokers of the mapping's own source, the
 * services that the environment names, or files where nothing is named.
 */
import { join } from 'node:path';
import process from 'node:process';
import { allDestinations, type KafkaAccess } from '@millrace/destinations';
import type { Destination, FailureDelivery, Topics } from '@millrace/runtime';
import type { Plan } from '@millrace/simulation';
import { accessOf } from './kafkaClients.ts';
import type { Substrate } from './substrate.ts';

export interface DestinationsOptions {
  readonly plan: Plan;
  readonly substrate: Substrate;
  /** Of the run's own files. */
  readonly folder: string;
  /** `here`, `aws`, or `file:` and a folder for all of them. */
  readonly where: string;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** @throws {UsageError} when a mapping's login at its brokers is missing */
export async function liveDestinations(options: DestinationsOptions): Promise<Destination> {
  const { plan, where, folder, substrate } = options;
  if (where.startsWith('file:')) return allDestinations({ folder: where });
  const { region } = plan;
  const logins = await loginsOf(plan);
  const kafka = (mapping: string) => logins.get(mapping);
  const aws = allDestinations({ region, kafka });
  const here = allDestinations({ region, kafka, queues: substrate.queues });
  const files = allDestinations({ folder: join(folder, 'destinations') });
  const topics = topicDestination(substrate.topics);
  const choose = ({ mapping, destination: { kind, arn } }: FailureDelivery): Destination => {
    if (kind === 'kafka') return logins.has(mapping) ? aws : topics;
    if (where === 'aws' || (kind !== 'sqs' && isNamed(kind))) return aws;
    if (kind === 'sqs') return here;
    tellOnce(options, arn);
    return files;
  };
  return {
    deliver: (delivery) => choose(delivery).deliver(delivery),
    async close() {
      await Promise.all([aws, here, files].map((each) => each.close()));
    },
  };
}

/** By mapping: the cluster that it reads, where that is a real one. */
async function loginsOf(plan: Plan): Promise<ReadonlyMap<string, KafkaAccess>> {
  const logins = new Map<string, KafkaAccess>();
  for (const mapping of plan.mappings) {
    const brokers = plan.sources[mapping.source]?.live?.brokers;
    if (brokers) logins.set(mapping.name, { brokers, ...(await accessOf(plan, mapping)) });
  }
  return logins;
}

/** Whether the environment says where the service is. */
function isNamed(service: string): boolean {
  const { env } = process;
  return env.AWS_ENDPOINT_URL !== undefined || env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] !== undefined;
}

const told = new WeakMap<Plan, Set<string>>();

function tellOnce({ plan, log, folder }: DestinationsOptions, arn: string): void {
  const those = told.get(plan) ?? new Set();
  told.set(plan, those);
  if (those.has(arn)) return;
  those.add(arn);
  log('info', `nothing says where ${arn} is: what goes there is written to ${join(folder, 'destinations')}`);
}

/** Topics of the substrate. */
function topicDestination(topics: Topics): Destination {
  return {
    async deliver({ destination: { arn }, message }) {
      if (message.kind !== 'messages') throw new TypeError(`a topic takes messages, not ${message.kind}`);
      const records = message.messages.map(({ key, value }) => {
        return { record: { key, value: Buffer.from(value).toString('base64'), headers: [] } };
      });
      await topics.open(arn.slice('kafka://'.length)).produce(records);
    },
    close: async () => {},
  };
}
