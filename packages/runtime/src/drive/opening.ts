/**
 * How a poller comes to its reading place: what was saved is loaded, the source is opened there, and where it begins is
 * kept before anything is read. Nothing of that is given up while the poller is wanted.
 */
import { causeText, isQueue, type MappingSettings, type SavedPoller } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Checkpoints, Progress, Scope } from '../ports/checkpoints.ts';
import type { Owner } from '../ports/register.ts';
import type { MappingSource, PollerEvents, PollerSource } from '../ports/source.ts';
import { aborted } from './aborted.ts';
import { persistently } from './persistently.ts';

/** A poller that has its reading place; without one it was ended before, or is not wanted any more. */
export type Opened =
  | { readonly kind: 'open'; readonly source: PollerSource; readonly saved: SavedPoller | undefined }
  | { readonly kind: 'ended' | 'unwanted' };

export interface OpenPoller {
  readonly name: string;
  readonly from: 'start' | 'horizon';
  /** Under which epoch this process owns it; absent where there is only this process. */
  readonly owner?: Owner;
  /** False when another process may own it by now. */
  readonly isSure?: () => boolean;
  /** Batches that it may run at once. */
  readonly allowance?: number;
}

export interface OpeningOptions {
  readonly poller: string;
  readonly from: 'start' | 'horizon';
  readonly scope: Scope;
  readonly source: MappingSource;
  readonly settings: MappingSettings;
  readonly checkpoints: Checkpoints | undefined;
  readonly events: PollerEvents;
  /** Told of what failed and is tried again. */
  readonly troubled: (problem: string) => void;
  /** Resolves when what this process runs in any of these lanes has ended. */
  readonly laneIdle: (lanes: ReadonlySet<string>) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const NOTHING: Progress = { checkpoints: new Map(), starts: new Map(), ended: false };

/** Under this name a scope remembers by which order it was first opened; no ledger is called so. */
export const FROM = 'from';

/** Queues have nothing to be loaded, and are open at once. */
export function openNow({ poller, from, source, settings, events, signal }: OpeningOptions): PollerSource | undefined {
  if (!isQueue(settings.kind)) return undefined;
  const opened = source.open(poller, { from, events, progress: NOTHING, factor: 1, signal });
  return opened instanceof Promise ? undefined : opened;
}

export async function openFrom(options: OpeningOptions): Promise<Opened> {
  const { source, poller, from, scope, settings, checkpoints, events, troubled, clock, signal } = options;
  const surely = <T>(doing: () => Promise<T> | T) => {
    return persistently(doing, { clock, signal, onError: (error) => troubled(causeText(error)) });
  };
  const progress = (await surely(() => checkpoints?.load(scope) ?? NOTHING)) ?? NOTHING;
  if (progress.ended) return { kind: 'ended' };
  const kept = progress.starts.get(FROM) === 'horizon' ? 'horizon' : from;
  const factor = settings.parallelizationFactor;
  const opening = { from: kept, events, progress, scope: scope.name, factor, signal } as const;
  const opened = await surely(() => source.open(poller, opening));
  if (!opened) return { kind: 'unwanted' };
  const { starts } = opened;
  const isKept = starts && checkpoints ? await surely(() => checkpoints.begin(scope, starts)) : true;
  if (isKept === true) await lanesFree(opened, options);
  if (isKept === true && !signal.aborted) {
    return { kind: 'open', source: opened, saved: opened.saved ?? progress.saved };
  }
  await closeOpened(opened, troubled);
  return { kind: 'unwanted' };
}

/**
 * What this process still runs there, for a poller of before, is let finish. Once nobody wants the poller, its partitions
 * are not kept from others for that.
 */
async function lanesFree({ partitions }: PollerSource, { laneIdle, signal }: OpeningOptions): Promise<void> {
  if (!partitions) return;
  const lanes = new Set(partitions.map(({ lane }) => lane));
  await Promise.race([laneIdle(lanes), aborted(signal)]);
}

/** It was never read from: that it cannot say goodbye matters to nobody. */
async function closeOpened(source: PollerSource, troubled: OpeningOptions['troubled']): Promise<void> {
  try {
    await source.close();
  } catch (error) {
    troubled(causeText(error));
  }
}
