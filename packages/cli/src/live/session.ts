/** Everything that one `millrace up` opens: Redis, queues, the run, the endpoint and the metrics; closed in reverse. */
import { type GatewayLog, startGateway } from '@millrace/gateway';
import { bullOutbox, connectPatiently, type connectRedis } from '@millrace/redis';
import { type Journal, type Outbox, systemClock } from '@millrace/runtime';
import { causeText } from '@millrace/semantics';
import type { Plan } from '@millrace/simulation';
import { type Closing, closeInReverse } from './closings.ts';
import { liveDestinations } from './destinations.ts';
import { joinFleet, type Role } from './fleet.ts';
import { LiveRun } from './liveRun.ts';
import { startMetricsServer } from './metricsServer.ts';
import { DepthReader, type Depths } from './statusDepths.ts';
import { openStore } from './store.ts';
import { makeDestinations, type Substrate } from './substrate.ts';
import { TraceChannel } from './traceChannel.ts';

export interface SessionOptions {
  readonly redisUrl: string | undefined;
  readonly folder: string;
  readonly ephemeral: boolean;
  readonly inline: boolean;
  readonly maxEnvironments: number;
  readonly host: string;
  /** Undefined: no endpoint of SQS, Kinesis and DynamoDB Streams. */
  readonly sqsPort: number | undefined;
  /** Undefined: no metrics. */
  readonly httpPort: number | undefined;
  readonly journal?: Journal | undefined;
  /** Where failure records go: `here`, `aws`, or `file:` and a folder. */
  readonly destinations?: string | undefined;
  /** What every key on Redis begins with. */
  readonly prefix: string;
  /** What this process does of all that there is to do; absent: it is alone. */
  readonly role?: Role | undefined;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

export interface Session {
  readonly run: LiveRun;
  readonly substrate: Substrate;
  readonly redisUrl: string;
  /** Where the endpoint (SQS, Kinesis and DynamoDB Streams) and the metrics are. */
  readonly sqsUrl: string | undefined;
  readonly httpUrl: string | undefined;
  depths(): Promise<Depths>;
  /** True when everything that ran could finish. */
  close(graceMs: number): Promise<boolean>;
}

export async function openSession(plan: Plan, options: SessionOptions): Promise<Session> {
  const closings: Closing[] = [];
  const closeAll = () => closeInReverse(closings, (problem) => options.log('warn', problem));
  try {
    return await opened(plan, options, closings, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function opened(
  plan: Plan,
  options: SessionOptions,
  closings: Closing[],
  closeAll: () => Promise<void>,
): Promise<Session> {
  const { log, prefix, inline, maxEnvironments, journal } = options;
  const store = await openStore(plan, options);
  const { substrate, checkpoints, permits, client, redisUrl } = store;
  closings.push(() => store.close());
  const connection = connectPatiently(redisUrl);
  connection.on('error', () => {});
  closings.push(() => connection.disconnect());
  const fleet = fleetOf(plan, options, connection, closings);
  const outbox = await outboxOf(plan, options, substrate, connection, closings);
  const parts = { substrate, checkpoints, outbox, permits };
  const run = await LiveRun.prepare(plan, { ...parts, inline, maxEnvironments, journal, log, fleet });
  closings.push(publishTrace(run, client, prefix));
  const redisAnswers = () => client.status === 'ready';
  const gateway = await gatewayOf(plan, options, substrate, redisAnswers, closings);
  const depths = new DepthReader(run, substrate);
  closings.push(() => depths.close());
  const metrics = await metricsServerOf(options, run, depths, redisAnswers, closings);
  return {
    run,
    substrate,
    redisUrl,
    sqsUrl: gateway?.url,
    httpUrl: metrics?.url,
    depths: () => depths.read(),
    close: async (graceMs) => {
      const clean = await run.stop(graceMs);
      await closeAll();
      return clean;
    },
  };
}

/** For `millrace tail`. */
function publishTrace({ tracer, plan }: LiveRun, redis: ReturnType<typeof connectRedis>, prefix: string): Closing {
  const mappings = plan.mappings.map(({ name }) => name);
  const channel = new TraceChannel({ redis, prefix, tracer, clock: systemClock, scenario: plan.name, mappings });
  return () => channel.close();
}

type Connection = ReturnType<typeof connectPatiently>;

function fleetOf(plan: Plan, options: SessionOptions, connection: Connection, closings: Closing[]) {
  const { role, prefix, maxEnvironments, log } = options;
  if (role === undefined) return undefined;
  const fleet = joinFleet({ role, connection, prefix, plan, maxEnvironments, log });
  closings.push(() => fleet.close());
  return fleet;
}

/** So long a delivery that is under way may take when the process ends; another process carries on with what is left. */
const DELIVERY_GRACE_MS = 5000;
/** Deliveries under way at once, in one process. */
const DELIVERIES = 10;

/** Every process that does not only order carries deliveries out, its own and those of others. */
async function outboxOf(
  plan: Plan,
  { prefix, folder, destinations: where = 'here', role, log }: SessionOptions,
  substrate: Substrate,
  connection: Connection,
  closings: Closing[],
): Promise<Outbox> {
  await makeDestinations(plan, substrate);
  const onError = (error: unknown) => log('warn', causeText(error));
  const outbox = bullOutbox({ connection, clock: systemClock, prefix, onError });
  closings.push(() => outbox.close());
  const hasAny = plan.mappings.some(({ request }) => request.DestinationConfig !== undefined);
  if (role === 'poller' || !hasAny) return outbox;
  const destination = await liveDestinations({ plan, substrate, folder, where, log });
  const worker = outbox.serve((delivery) => destination.deliver(delivery), { concurrency: DELIVERIES });
  closings.push(() => destination.close());
  closings.push(() => worker.close(DELIVERY_GRACE_MS));
  return outbox;
}

async function gatewayOf(
  plan: Plan,
  { host, sqsPort, log }: SessionOptions,
  { queues, streams }: Substrate,
  isReached: () => boolean,
  closings: Closing[],
) {
  if (sqsPort === undefined) return undefined;
  const { region, accountId } = plan;
  // Nothing but the words of an error: what else it has with it may be messages or records.
  const error: GatewayLog['error'] = ({ err, requestId }, text) =>
    log('error', `${text} ${causeText(err)} (request ${requestId})`);
  const parts = { queues, streams, isReached, log: { error } };
  const start = (port: number) => startGateway({ ...parts, host, port, region, accountId });
  const gateway = await start(sqsPort).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    const other = await start(0);
    log('warn', `port ${sqsPort} is taken: the endpoint is ${other.url} (--sqs-port names another port)`);
    return other;
  });
  closings.push(() => gateway.close());
  return gateway;
}

async function metricsServerOf(
  { host, httpPort }: SessionOptions,
  run: LiveRun,
  depths: DepthReader,
  redisAnswers: () => boolean,
  closings: Closing[],
) {
  if (httpPort === undefined) return undefined;
  const ready = async () => redisAnswers() && [...run.mappings.values()].every(({ trouble }) => trouble === undefined);
  const server = await startMetricsServer({ run, lags: () => depths.lags(), host, port: httpPort, ready });
  closings.push(() => server.close());
  return server;
}
