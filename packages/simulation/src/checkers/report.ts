import type { TraceEvent } from '../trace/event.ts';

/** Says that an invariant broke, with the event and the records that prove it. */
export type Report = (event: TraceEvent, invariant: string, records: readonly number[], message: string) => void;
