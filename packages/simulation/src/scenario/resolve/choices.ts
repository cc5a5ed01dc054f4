/** What a scenario takes to be true where AWS is silent: the choices of the file, with the defaults. */
import { STREAM_BACKOFF } from '@millrace/semantics';
import type { ChoicesDocument } from '../document.ts';
import type { Choices } from '../plan.ts';
import { type Context, ms } from './context.ts';

export function resolveChoices(document: ChoicesDocument, { report }: Pick<Context, 'report'>): Choices {
  const { backoff = {} } = document;
  const baseMs = ms(backoff.base, STREAM_BACKOFF.baseMs);
  const capMs = ms(backoff.cap, Math.max(baseMs, STREAM_BACKOFF.capMs));
  if (baseMs === 0)
    report(['choices', 'backoff', 'base'], 'must be more than 0, or a batch would be retried without end');
  else if (capMs < baseMs) report(['choices', 'backoff', 'cap'], 'must not be shorter than `base`');
  return {
    sqsScaling: String(document.sqsScaling) === '2023' ? '2023' : 'current',
    effectiveVisibility: document.effectiveVisibility ?? true,
    backoff: { baseMs, capMs },
    strictFilters: document.strictFilters ?? false,
  };
}
