/**
 * Runs what was loaded and shows it: trace, progress, report or JSON, exit code. An interrupted run shows what is
 * known so far as a summary and exits with 130; its trace stays under its partial name.
 */
import { formatMs, renderMisses, renderReport, renderSummary } from '@millrace/simulation';
import { defaultPatienceMs } from '@millrace/simulation/node';
import { type Context, printLines } from '../context.ts';
import type { Loaded, Run, RunOptions } from '../engine.ts';
import { exitCodes } from '../errors.ts';
import type { RunFlags } from '../options/run-options.ts';
import { jsonChunks, jsonResult } from '../output/json.ts';
import { Progress } from '../output/progress.ts';
import { TraceFile } from '../output/trace-file.ts';

export async function execute(context: Context, loaded: Loaded, flags: RunFlags): Promise<number> {
  const trace = flags.trace === undefined ? undefined : new TraceFile(flags.trace);
  const progress = new Progress(context.terminal);
  const interrupt = new AbortController();
  const release = context.onInterrupt(() => interrupt.abort());
  try {
    const stuck = stuckAfter(interrupt.signal);
    const options = { ...runOptions(flags, trace, progress, interrupt.signal), ...patienceOptions(context, flags) };
    const run = await Promise.race([loaded.run(options), stuck]);
    progress.finish();
    if (run === undefined || interrupt.signal.aborted) return await showInterrupted(context, run, flags, trace);
    trace?.finish();
    await show(context, run, flags);
    return run.exitCode;
  } finally {
    release();
    progress.finish();
    trace?.drop();
  }
}

/** How long a run may take to stop: it may be waiting for standard input, or for a handler that never answers. */
const stopWithinMs = 1000;

function stuckAfter(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(resolve, stopWithinMs, undefined), { once: true });
  });
}

function runOptions(
  flags: RunFlags,
  trace: TraceFile | undefined,
  progress: Progress,
  signal: AbortSignal,
): RunOptions {
  const { events, seed, until, summary } = flags;
  return {
    signal,
    onProgress: (state) => progress.show(state),
    ...(events === undefined ? {} : { events }),
    ...(seed === undefined ? {} : { seed }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(summary === undefined ? {} : { summary }),
    ...(trace ? { onHeader: (header) => trace.write(header), onLine: (line) => trace.write(line) } : {}),
  };
}

/** The first handler that does not answer is told of; all of them are in the report, as timeouts. */
export function patienceOptions({ terminal }: Context, { patience }: Pick<RunFlags, 'patience'>): RunOptions {
  let told = false;
  const onLate = (): void => {
    if (told) return;
    told = true;
    terminal.err(
      `A handler did not answer within ${formatMs(patience ?? defaultPatienceMs)} of real time, or could not any more: that counts as a timeout (--patience sets how long to wait).\n`,
    );
  };
  return patience === undefined ? { onLate } : { onLate, patienceMs: patience };
}

/** With `--json` standard output holds the JSON alone; what was missed is told on standard error. */
async function show(context: Context, run: Run, flags: RunFlags): Promise<void> {
  if (!flags.json) {
    const shown = flags.summary ? withoutInvocations(run) : run;
    await printLines(context, renderReport(shown, context.look));
    return;
  }
  for (const chunk of jsonChunks(jsonResult(run, flags.summary === true))) await context.terminal.out(chunk);
  const misses = renderMisses(run.misses, { ...context.look, paint: (_tone, text) => text });
  if (misses.length > 0) context.terminal.err(`${misses.join('\n')}\n`);
}

function withoutInvocations(run: Run): Run {
  return { ...run, result: { ...run.result, invocations: [] } };
}

async function showInterrupted(
  context: Context,
  run: Run | undefined,
  flags: RunFlags,
  trace: TraceFile | undefined,
): Promise<number> {
  const kept = trace?.keepPartial();
  if (run && !flags.json) await printLines(context, renderSummary(run, context.look));
  const shown = run && !flags.json ? ': what stands above is what was known so far' : '';
  context.terminal.err(`Interrupted${shown}.\n`);
  if (kept !== undefined) context.terminal.err(`The trace so far is in ${kept}.\n`);
  return exitCodes.interrupted;
}
