/** All components that the tests want, found or installed, one after the other: package managers lock each other out. */
import { ensureAwslambdaric } from './awslambdaric.mjs';
import { ensureBoto3 } from './boto3.mjs';
import { findProgram, installPackages } from './commands.mjs';
import { dynamoDbAnswers, ensureDynamoDbLocal } from './dynamodbLocal.mjs';
import { answersHealth, ensureElasticMq } from './elasticmq.mjs';
import { ensureKafka, kafkaAnswers } from './kafka.mjs';
import { ensureKinesisMock, kinesisAnswers } from './kinesisMock.mjs';
import { ensureRedis } from './redis.mjs';

/** The ports of `node infra/elasticmq.mjs` and the others, and of compose.yaml: who cannot start one here may have there. */
const usualPorts = { elasticmq: 9324, kafka: 9092, dynamodb: 8000, kinesis: 4568 };

async function ensureProgram(name, packages, { say, env = process.env }) {
  if (findProgram(name, env)) return undefined;
  const problem = await installPackages(packages, { say, env });
  if (problem === undefined && findProgram(name, env)) return undefined;
  return `${name} was not found: install ${packages.apt.join(' ')} (apt-get) or ${packages.brew.join(' ')} (brew) (${problem ?? 'it is not there after its installation either'})`;
}

/** One that can be started here, else one that runs already on its usual port. */
async function ensureAny(problem, answers, port, url) {
  if (problem === undefined) return {};
  return (await answers(port)) ? { url } : { problem };
}

/** See ensure.d.mts. */
export async function ensureAnyKafka(how) {
  const { KAFKA_BROKERS: named } = how.env ?? process.env;
  if (!named) return ensureAny(await ensureKafka(how), kafkaAnswers, usualPorts.kafka, `127.0.0.1:${usualPorts.kafka}`);
  const [, host, port] = /^\s*([^\s,]+):(\d+)\s*(,|$)/.exec(named) ?? [];
  if (host && (await kafkaAnswers(Number(port), host))) return { url: named };
  return { problem: `KAFKA_BROKERS names no Kafka that answers in clear text: ${named}` };
}

const urlOf = (port) => `http://127.0.0.1:${port}`;

const ensurers = {
  redis: async (how) => ({ problem: await ensureRedis(how) }),
  elasticmq: async (how) =>
    ensureAny(await ensureElasticMq(how), answersHealth, usualPorts.elasticmq, urlOf(usualPorts.elasticmq)),
  kafka: ensureAnyKafka,
  'kafka-private': async (how) => ({ problem: await ensureKafka(how) }),
  'dynamodb-local': async (how) =>
    ensureAny(await ensureDynamoDbLocal(how), dynamoDbAnswers, usualPorts.dynamodb, urlOf(usualPorts.dynamodb)),
  'kinesis-mock': async (how) =>
    ensureAny(await ensureKinesisMock(how), kinesisAnswers, usualPorts.kinesis, urlOf(usualPorts.kinesis)),
  'aws-cli': async (how) => ({ problem: await ensureProgram('aws', { apt: ['awscli'], brew: ['awscli'] }, how) }),
  python3: async (how) => ({ problem: await ensureProgram('python3', { apt: ['python3'], brew: ['python'] }, how) }),
  boto3: async (how) => ({ problem: await ensureBoto3(how) }),
  awslambdaric: async (how) => ({ problem: await ensureAwslambdaric(how) }),
};

/** See ensure.d.mts. */
export async function ensureComponents({ say, env }) {
  const found = {};
  for (const [name, ensure] of Object.entries(ensurers)) found[name] = await ensure({ say, env });
  return found;
}

/** Whether a missing component fails what needs it, instead of leaving it out. */
export function areRequired(env = process.env) {
  if (env.MILLRACE_REQUIRE_COMPONENTS) return env.MILLRACE_REQUIRE_COMPONENTS === '1';
  return Boolean(env.CI) && env.CI !== 'false';
}
