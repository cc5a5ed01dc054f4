/** What a source tells one poller: handed on to the core, and said to whoever watches. */
import type { MappingFact } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { PollerEvents } from '../ports/source.ts';
import type { Meter } from './meter.ts';
import type { PollerDriver } from './pollerDriver.ts';
import type { Tracer } from './trace.ts';

export interface EventsOptions {
  readonly mapping: string;
  readonly poller: PollerDriver;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Queues scale by whether their slots find something. */
  readonly isQueue: boolean;
  readonly tell: (fact: MappingFact) => void;
  /** Undefined: the source can be read again. */
  readonly troubled: (problem: string | undefined) => void;
  readonly regrouped: () => void;
}

export function pollerEvents(options: EventsOptions): PollerEvents {
  const { poller, tracer, clock, meter, troubled, regrouped } = options;
  return {
    tell: (fact) => {
      if (fact.what === 'fetched' && fact.records.length > 0) fetched(options, fact.records);
      poller.tell(fact);
    },
    waits: () => options.tell({ what: 'slotIdle', poller: poller.name }),
    troubled,
    recovered: () => troubled(undefined),
    regrouped,
    missed: (count) => {
      meter.failed(`${count === 'unknown' ? 'some' : count} records had expired before they were read`, clock.now());
    },
    deadLettered: (letters) => {
      for (const { name, rule, queue, groupId = '', messageId, receiveCount, body } of letters) {
        const data = { fate: 'dead-lettered', queue, keys: [groupId], messageId, receiveCount, body };
        tracer.emit({ at: clock.now(), what: 'dead-lettered', records: [name], rule, data });
      }
    },
  };
}

function fetched(options: EventsOptions, records: readonly { readonly position: string | number }[]): void {
  const { poller, tracer, clock, meter, mapping, isQueue, tell } = options;
  meter.counts.PolledEventCount += records.length;
  if (tracer.active) {
    const names = poller.source.names(records.map(({ position }) => position));
    const data = { count: records.length };
    const { fetchRule: rule } = poller;
    tracer.emit({ at: clock.now(), what: 'fetched', mapping, poller: poller.name, records: names, rule, data });
  }
  if (isQueue) tell({ what: 'slotBusy', poller: poller.name });
}
