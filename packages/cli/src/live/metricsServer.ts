/** `/metrics` for Prometheus under AWS's metric names, `/healthz` and `/readyz`, on 127.0.0.1. */
import { createServer, type Server } from 'node:http';
import { systemClock, within } from '@millrace/runtime';
import type { Counter, Gauge, Registry } from 'prom-client';
import type { LiveRun } from './liveRun.ts';
import type { Depths } from './statusDepths.ts';

/** Counters of a mapping, as the meter calls them too, with what each says. */
const COUNTERS = {
  PolledEventCount: 'Records that were read from the source.',
  FilteredOutEventCount: 'Records that no filter pattern matched.',
  InvokedEventCount: 'Records with which the function ran.',
  FailedInvokeEventCount: 'Records of invocations that failed.',
  DeletedEventCount: 'Messages that were deleted from their queue.',
  DroppedEventCount: 'Records that were given up without a destination.',
  OnFailureDestinationDeliveredEventCount: 'Records that were sent to an on-failure destination.',
  DestinationDeliveryFailures: 'Failure records that did not reach their destination.',
  Invocations: 'Invocations that ran.',
  Errors: 'Invocations that ended in an error of the function.',
  Throttles: 'Invocations that were refused for lack of concurrency.',
} as const;

/** Made when it is first asked for: loading the library would keep `millrace up` from being ready. */
async function metricsOf({ run, lags }: MetricsServerOptions): Promise<Registry> {
  const library = await import('prom-client');
  const registry = new library.Registry();
  const labelNames = ['EventSourceMapping'] as const;
  for (const [name, help] of Object.entries(COUNTERS) as [keyof typeof COUNTERS, string][]) {
    const counter: Counter<'EventSourceMapping'> = new library.Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        counter.reset();
        for (const [mapping, { meter }] of run.mappings)
          counter.inc({ EventSourceMapping: mapping }, meter.counts[name]);
      },
    });
  }
  addGauges(run, registry, library.Gauge);
  addLags(lags, registry, library.Gauge);
  return registry;
}

function addGauges(run: LiveRun, registry: Registry, OneGauge: typeof Gauge): void {
  const gauge = (name: string, help: string, value: (mapping: string) => number | undefined) => {
    const made: Gauge<'EventSourceMapping'> = new OneGauge({
      name,
      help,
      labelNames: ['EventSourceMapping'],
      registers: [registry],
      collect() {
        made.reset();
        for (const mapping of run.mappings.keys()) {
          const now = value(mapping);
          if (now !== undefined) made.set({ EventSourceMapping: mapping }, now);
        }
      },
    });
  };
  const meterOf = (mapping: string) => run.mappings.get(mapping)?.meter;
  gauge('ConcurrentExecutions', 'Invocations that run now.', (mapping) => meterOf(mapping)?.running);
  gauge('Pollers', 'Pollers that may work now.', (mapping) => run.mappings.get(mapping)?.pollers().working);
  gauge(
    'IteratorAge',
    'Milliseconds from the arrival of the last record of a batch to its invocation.',
    (mapping) => meterOf(mapping)?.iteratorAgeMs,
  );
}

const LAG_WITHIN_MS = 1000;

/** Gauges of offset lag, with what each says; all of them from one look at the group. */
const LAGS = {
  OffsetLag: 'Records of the topic that the consumer group has not processed yet.',
  SumOffsetLag: 'Latest less committed offsets, over all partitions.',
  MaxOffsetLag: 'Latest less committed offset of the partition where it is largest.',
} as const;

function addLags(lags: () => Promise<Depths>, registry: Registry, OneGauge: typeof Gauge): void {
  // The registry collects all of them at once.
  let looking: Promise<Depths> | undefined;
  const look = () => {
    looking ??= withinTime(lags()).finally(() => {
      looking = undefined;
    });
    return looking;
  };
  for (const [name, help] of Object.entries(LAGS)) {
    const made: Gauge<'EventSourceMapping'> = new OneGauge({
      name,
      help,
      labelNames: ['EventSourceMapping'],
      registers: [registry],
      async collect() {
        const seen = await look();
        made.reset();
        for (const [EventSourceMapping, { lag }] of seen)
          if (lag) made.set({ EventSourceMapping }, name === 'MaxOffsetLag' ? lag.max : lag.sum);
      },
    });
  }
}

/** Where Redis or the brokers do not answer, the other metrics still count. */
async function withinTime(looking: Promise<Depths>): Promise<Depths> {
  const seen = looking.catch(() => undefined);
  return (await within(seen, LAG_WITHIN_MS, systemClock)) ?? new Map();
}

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  readonly run: LiveRun;
  /** What groups have not read of their topics yet. */
  readonly lags: () => Promise<Depths>;
  readonly host: string;
  readonly port: number;
  /** Whether all of it can work now: Redis answers, and every source can be read. */
  readonly ready: () => Promise<boolean>;
}

/** Falls back to any free port when the wished one is taken. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  let made: Promise<Registry> | undefined;
  const registry = () => {
    made ??= metricsOf(options);
    return made;
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    answer(path, registry, options.ready).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error)),
    );
  });
  server.requestTimeout = 5000;
  await listening(server, options.host, options.port);
  const { port } = server.address() as { port: number };
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string | undefined, registry: () => Promise<Registry>, ready: () => Promise<boolean>) {
  const plain = 'text/plain; charset=utf-8';
  if (path === '/metrics') {
    const all = await registry();
    return { status: 200, type: all.contentType, body: await all.metrics() };
  }
  if (path === '/healthz') return { status: 200, type: plain, body: 'ok\n' };
  if (path !== '/readyz') return { status: 404, type: plain, body: 'There are /metrics, /healthz and /readyz.\n' };
  return (await ready())
    ? { status: 200, type: plain, body: 'ready\n' }
    : { status: 503, type: plain, body: 'not ready\n' };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && port !== 0) listening(server, host, 0).then(resolve, reject);
      else reject(error);
    });
    server.listen(port, host, resolve);
  });
}
