/** All components that the tests want, found or installed, one after the other: package managers lock each other out. */
import { ensureAwslambdaric } from './awslambdaric.mjs';
import { ensureBoto3 } from './boto3.mjs';
import { findProgram, installPackages } from './commands.mjs';
import { answersHealth, ensureElasticMq } from './elasticmq.mjs';
import { ensureRedis } from './redis.mjs';

/** The port of `node infra/elasticmq.mjs` and of compose.yaml: who cannot start one here may have started one there. */
const elasticMqPort = 9324;

async function ensureProgram(name, packages, { say, env = process.env }) {
  if (findProgram(name, env)) return undefined;
  const problem = await installPackages(packages, { say, env });
  if (problem === undefined && findProgram(name, env)) return undefined;
  return `${name} was not found: install ${packages.apt.join(' ')} (apt-get) or ${packages.brew.join(' ')} (brew) (${problem ?? 'it is not there after its installation either'})`;
}

async function ensureAnyElasticMq(how) {
  const problem = await ensureElasticMq(how);
  if (problem === undefined) return {};
  if (await answersHealth(elasticMqPort)) return { url: `http://127.0.0.1:${elasticMqPort}` };
  return { problem };
}

const ensurers = {
  redis: async (how) => ({ problem: await ensureRedis(how) }),
  elasticmq: ensureAnyElasticMq,
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
