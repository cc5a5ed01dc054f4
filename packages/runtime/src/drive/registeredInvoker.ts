/**
 * Makes attempts elsewhere in the fleet, and enters each in the in-flight register first: it may outlive the process that
 * ordered it, and whoever owns the poller next has to know.
 *
 * 1. An attempt is in the register, and has its permit, for as long as it can run: from before it is made until it is
 *    answered, or until the time to start it and the function's timeout have passed.
 * 2. Nothing is made for an owner that is deposed.
 */
import type { Millis } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Invocation, InvocationResult, Invoker, KeepPermit } from '../ports/invoker.ts';
import type { Owner, Register } from '../ports/register.ts';

/** What does not say until when it may be started must be started within this. */
const START_WITHIN_MS = 60_000;
/** The way there and back, and a cold start. */
export const IN_FLIGHT_GRACE_MS = 10_000;
/** Between the taking of a permit and the making of the attempt: so much later the same deadline may be reckoned. */
const PERMIT_SLACK_MS = 2000;

export interface RegisteredOptions {
  readonly elsewhere: Invoker;
  readonly register: Register;
  /** The function's. */
  readonly timeoutMs: Millis;
  readonly clock: Clock;
  /** Told that an attempt could not be taken out of the register; it ends with its deadline. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export function registeredInvoker(options: RegisteredOptions): Invoker {
  const { elsewhere } = options;
  return {
    invoke: (invocation, keep) => invokeRegistered(options, invocation, keep),
    permitUntilMs: (invocation) => deadlineOf(options, invocation) + PERMIT_SLACK_MS,
    environments: () => elsewhere.environments(),
    close: (graceMs) => elsewhere.close(graceMs),
  };
}

function startByOf({ clock }: RegisteredOptions, { startBy }: Invocation): Millis {
  const now = clock.now();
  return Math.max(now, Math.min(startBy ?? Number.POSITIVE_INFINITY, now + START_WITHIN_MS));
}

function deadlineOf(options: RegisteredOptions, invocation: Invocation): Millis {
  return startByOf(options, invocation) + options.timeoutMs + IN_FLIGHT_GRACE_MS;
}

async function invokeRegistered(
  options: RegisteredOptions,
  invocation: Invocation,
  keep: KeepPermit | undefined,
): Promise<InvocationResult> {
  const { owner, attemptId, requestId, event, lanes = [attemptId] } = invocation;
  const { elsewhere, register, clock, onError } = options;
  const now = clock.now();
  const startBy = startByOf(options, invocation);
  const deadlineMs = deadlineOf(options, invocation);
  const refused = await prepared(register, owner, { attemptId, lanes, deadlineMs }, keep);
  if (refused) return { answer: refused, cold: false, startMs: now, endMs: clock.now() };
  const result = await elsewhere.invoke({
    attemptId,
    requestId,
    event,
    startBy,
    owner,
    lanes: invocation.lanes,
    mayBeJoined: invocation.mayBeJoined,
  });
  if (owner) register.end(owner, { attemptId, lanes }).catch((error) => onError?.(error));
  return result;
}

/** Why the attempt is not made; undefined when all is ready for it. */
async function prepared(
  register: Register,
  owner: Owner | undefined,
  attempt: Parameters<Register['begin']>[1],
  keep: KeepPermit | undefined,
): Promise<InvocationResult['answer'] | undefined> {
  try {
    const kept = keep?.(attempt.deadlineMs);
    const begun = owner && (await register.begin(owner, attempt));
    await kept;
    if (begun?.kind === 'deposed') return { kind: 'lost', because: 'deposed' };
    if (begun?.kind === 'busy') return { kind: 'unreachable', reason: 'An attempt of before may still be running.' };
    return undefined;
  } catch (error) {
    return { kind: 'unreachable', reason: `The in-flight register did not answer: ${String(error)}` };
  }
}
