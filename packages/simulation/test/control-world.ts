/** A small world for tests of the control plane: one source of each kind, functions `consumer` and `other`. */
import type { SurroundingWorld } from '@millrace/aws-shapes';
import { ControlPlane, type ControlPlaneOptions, type ControlState, filterProblem } from '../src/index.ts';

const account = '123456789012';
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${account}:${resource}`;

export const startMs = Date.UTC(2026, 0, 1);
export const queue = arn('sqs', 'orders');
export const fifo = arn('sqs', 'orders.fifo');
export const stream = arn('kinesis', 'stream/orders');
export const table = arn('dynamodb', 'table/orders/stream/2026-01-01T00:00:00.000');
export const consumer = arn('lambda', 'function:consumer');
export const mappingArn = (uuid: string) => arn('lambda', `event-source-mapping:${uuid}`);
/** The UUID of the n-th mapping, from 1. */
export const uuidOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const world: SurroundingWorld = {
  region: 'us-east-1',
  accountId: account,
  functionOf: ({ name, qualifier }) =>
    ['consumer', 'other'].includes(name) && [undefined, '$LATEST', 'live'].includes(qualifier)
      ? { arn: arn('lambda', `function:${name}`), timeoutMs: 3000 }
      : undefined,
  queue: (candidate) => ([queue, fifo].includes(candidate) ? { visibilityTimeoutMs: 30_000 } : undefined),
  streamExists: (candidate) => [stream, table].includes(candidate),
  clusterExists: () => false,
  filterProblem,
};

/** A control plane whose mappings get `uuidOf(1)`, `uuidOf(2)`, … */
export function plane(options: Partial<ControlPlaneOptions> = {}, state?: ControlState): ControlPlane {
  let count = state?.lastOrdinal ?? 0;
  const newUuid = () => {
    count += 1;
    return uuidOf(count);
  };
  return new ControlPlane({ world, newUuid, ...options }, state);
}

/** What a control plane answers and does, as lines: `202 Creating`, `400 Code: message`, `+0 state Enabled`. */
export function told(answer: ReturnType<ControlPlane['call']>): string[] {
  const { status, body, error, effects } = answer;
  const shown = error === undefined ? Reflect.get(Object(body), 'State') : `${error.code}: ${error.message}`;
  return [`${status} ${String(shown ?? '')}`.trim(), ...effects.map(toldEffect)];
}

export function toldEffect(effect: ReturnType<ControlPlane['advance']>[number]): string {
  const what = effect.kind === 'state' ? `state ${effect.state} (${effect.reason})` : effect.kind;
  return `+${effect.atMs - startMs} ${what}`;
}
