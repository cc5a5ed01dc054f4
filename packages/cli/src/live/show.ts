/** How a live run is shown: a view that is drawn anew in place on a terminal, log lines as JSON elsewhere. */

import process from 'node:process';
import { type Meter, systemClock, within } from '@millrace/runtime';
import { formatMs, plural } from '@millrace/simulation';
import type { Context } from '../context.ts';
import type { Log } from './logs.ts';
import { withoutPassword } from './reachRedis.ts';
import type { Session } from './session.ts';
import type { Depth, Depths } from './statusDepths.ts';
import { StatusView } from './statusView.ts';

const REDRAW_MS = 500;
const LOG_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

export interface Show {
  readonly log: Log;
  /** Shows the run until the signal comes. */
  run(session: Session): Promise<void>;
}

/** Only what is needed is loaded: `millrace up` is to be ready soon. */
export function showUntil(context: Context, signal: AbortSignal): Promise<Show> {
  return context.terminal.interactive ? drawn(context, signal) : logged(signal);
}

async function drawn(context: Context, signal: AbortSignal): Promise<Show> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(process.stderr);
  return {
    log: (level, text) => {
      update.clear();
      context.terminal.err(`${level === 'info' ? '' : `${level}: `}${text}\n`);
    },
    async run(session) {
      for (const line of startLines(session)) context.terminal.err(`${line}\n`);
      const view = new StatusView(session.run, context.look);
      while (!signal.aborted) {
        const depths = await depthsOf(session, signal);
        update(view.lines(systemClock.now(), depths).join('\n'));
        await systemClock.until(systemClock.now() + REDRAW_MS, signal);
      }
      update.done();
    },
  };
}

async function logged(signal: AbortSignal): Promise<Show> {
  const [{ jsonLog }, { ProblemLog }] = await Promise.all([import('./logs.ts'), import('./problemLog.ts')]);
  const log = jsonLog();
  return {
    log,
    async run(session) {
      for (const line of startLines(session)) log('info', line);
      const told = new Map<string, number>();
      const problems = new ProblemLog(log);
      for (let logAtMs = systemClock.now() + LOG_EVERY_MS; !signal.aborted; ) {
        await systemClock.until(systemClock.now() + LOOK_EVERY_MS, signal);
        problems.look(session.run.mappings);
        if (systemClock.now() < logAtMs && !signal.aborted) continue;
        logAtMs += LOG_EVERY_MS;
        const depths = await depthsOf(session, signal);
        for (const [name, { meter }] of session.run.mappings) {
          const { InvokedEventCount, Throttles } = meter.counts;
          if (told.get(name) === InvokedEventCount + Throttles) continue;
          told.set(name, InvokedEventCount + Throttles);
          log('info', `${name}: ${countsText(meter, depths.get(name))}`);
        }
      }
    },
  };
}

/** Redis may be away, and then longer than anybody wants to wait: least of all at the end. */
const DEPTHS_WITHIN_MS = 2000;
const DEPTHS_AT_END_MS = 200;

async function depthsOf(session: Session, signal: AbortSignal): Promise<Depths> {
  const looking = session.depths().catch(() => undefined);
  const ms = signal.aborted ? DEPTHS_AT_END_MS : DEPTHS_WITHIN_MS;
  return (await within(looking, ms, systemClock, signal)) ?? new Map();
}

function countsText({ counts, iteratorAgeMs }: Meter, { lag }: Depth = {}): string {
  const { Invocations, InvokedEventCount, Errors, Throttles, DestinationDeliveryFailures: undelivered } = counts;
  const parts = [
    `${Invocations} invocations with ${InvokedEventCount} records`,
    `${Errors} errors`,
    `${Throttles} throttles`,
    iteratorAgeMs === undefined ? '' : `iterator age ${formatMs(iteratorAgeMs)}`,
    lag === undefined ? '' : `offset lag ${lag.sum}`,
    undelivered === 0 ? '' : `${plural(undelivered, 'failure record')} not delivered`,
  ];
  return parts.filter(Boolean).join(', ');
}

function startLines({ run, redisUrl, sqsUrl, httpUrl }: Session): string[] {
  const endpoint = sqsUrl === undefined ? '' : `, endpoint ${sqsUrl} (SQS, Kinesis, DynamoDB Streams)`;
  const metrics = httpUrl === undefined ? '' : `, metrics ${httpUrl}/metrics`;
  return [
    `ready: ${run.mappings.size} mapping${run.mappings.size === 1 ? '' : 's'} of ${run.plan.name} on ${withoutPassword(redisUrl)}${endpoint}${metrics}`,
  ];
}
