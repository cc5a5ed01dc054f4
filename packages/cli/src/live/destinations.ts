/**
 * Where failure records go in a live run: queues and topics of the substrate, the brokers of the mapping's own source, the
 * services that the environment names, or files where nothing is named.
 */
import { join } from 'node:path';
import process from 'node:process';
import { allDestinations } from '@millrace/destinations';
import type { Destination, FailureDelivery, Topics } from '@millrace/runtime';
import type { Plan } from '@millrace/simulation';
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

export function liveDestinations(options: DestinationsOptions): Destination {
  const { plan, where, folder, substrate } = options;
  if (where.startsWith('file:')) return allDestinations({ folder: where });
  const { region } = plan;
  const kafka = (mapping: string) => {
    const brokers = brokersOf(plan, mapping);
    return brokers && { brokers };
  };
  const aws = allDestinations({ region, kafka });
  const here = allDestinations({ region, kafka, queues: substrate.queues });
  const files = allDestinations({ folder: join(folder, 'destinations') });
  const topics = topicDestination(substrate.topics);
  const choose = ({ mapping, destination: { kind, arn } }: FailureDelivery): Destination => {
    if (kind === 'kafka') return brokersOf(plan, mapping) ? aws : topics;
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

function brokersOf(plan: Plan, mapping: string): readonly string[] | undefined {
  return plan.sources[plan.mappings.find(({ name }) => name === mapping)?.source ?? -1]?.live?.brokers;
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
