/** The end of an invocation's time, as a process sees it that may itself have been busy or stopped meanwhile. */
import type { Clock, Timer } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';

/**
 * Calls once, after `deadlineMs`, unless it is cancelled. A timer that is due comes before what has arrived: an answer that
 * was given in time would go unread. So what lies there is read first.
 */
export function atDeadline(clock: Clock, deadlineMs: Millis, run: () => void): Timer {
  let timer = clock.at(deadlineMs, () => {
    timer = clock.at(clock.now(), run);
  });
  return { cancel: () => timer.cancel() };
}
