/** Orders of a poller as one line of text each, so that a test can show a whole story. */
import type { LaneSave, LedgerSave, PieceSave, PollerOrder, WindowCall } from '../../src/index.ts';

/** One order, and the rule that it names. */
export function orderText(order: PollerOrder): string {
  return 'rule' in order ? `${whatText(order)} (${order.rule})` : whatText(order);
}

function whatText(order: PollerOrder): string {
  switch (order.do) {
    case 'fetch':
      return `fetch up to ${order.maxRecords}${fetchText(order)}`;
    case 'withdraw':
      return 'withdraw the fetch';
    case 'invoke': {
      const { positions, lanes, closedBy, attempt, ordinal } = order;
      const startBy = order.startBy === undefined ? '' : `, start by ${order.startBy}`;
      return `invoke ${list(positions)} in ${list(lanes)}: ${closedBy}, attempt ${attempt}/${ordinal}${startBy}${windowText(order.window)}`;
    }
    case 'abandon':
      return 'abandon the attempt';
    case 'save':
      return `save ${[...order.ledgers.map(ledgerText), ...order.lanes.map(laneText)].join('; ') || 'nothing'}`;
    case 'acknowledge':
      return `delete ${list(order.positions)}, ${order.why}`;
    case 'release':
      return `leave ${list(order.positions)}`;
    case 'discard': {
      const { positions, condition, approximateInvokeCount, expired, window } = order;
      const how = `${condition} after ${approximateInvokeCount}${expired ? ', expired' : ''}`;
      return `discard ${list(positions)}: ${how}${windowText(window)}`;
    }
    case 'note':
      return `note ${order.note} ${list(order.positions)}${noteText(order.data)}`;
    case 'closed':
      return order.ended ? 'closed, the shard is finished' : 'closed';
  }
}

function fetchText(order: PollerOrder & { do: 'fetch' }): string {
  const { notBefore, everyMs, untilMs, visibilityMs, except } = order;
  const every = everyMs > 0 ? ` every ${everyMs}` : '';
  const until = untilMs === undefined ? '' : `, until ${untilMs}`;
  const visibility = visibilityMs === undefined ? '' : `, hidden for ${visibilityMs}`;
  return ` from ${notBefore}${every}${until}${visibility}${except ? `, without ${list(except)}` : ''}`;
}

function list(items: readonly unknown[]): string {
  return `[${items.join(' ')}]`;
}

function windowText(window: WindowCall | undefined): string {
  if (!window) return '';
  const { startMs, endMs, state, final, terminatedEarly } = window;
  const flags = `${final ? ' final' : ''}${terminatedEarly ? ' terminated early' : ''}`;
  return `, window ${startMs}-${endMs} ${JSON.stringify(state)}${flags}`;
}

function ledgerText({ lane, checkpoint, completed }: LedgerSave): string {
  const ahead = completed.length > 0 ? ` ahead ${list(completed)}` : '';
  return `${lane || 'shard'} at ${checkpoint ?? 'its start'}${ahead}`;
}

function laneText({ lane, work, window }: LaneSave): string {
  const open = window ? ` window ${window.startMs}-${window.endMs} ${JSON.stringify(window.state)}` : '';
  return `lane ${lane}: ${work.length === 0 ? 'idle' : work.map(pieceText).join(' then ')}${open}`;
}

function pieceText({ positions, ordinal, spent, lanes, final, terminatedEarly }: PieceSave): string {
  const several = lanes.length > 1 ? ` of ${list(lanes)}` : '';
  const flags = `${final ? ' final' : ''}${terminatedEarly ? ' terminated early' : ''}`;
  return `${list(positions)}${several} #${ordinal} spent ${spent}${flags}`;
}

function noteText(data: Readonly<Record<string, unknown>>): string {
  if (data.notBeforeMs === undefined) return '';
  const sizes = data.sizes as number[];
  const split = sizes.length > 1 ? `, as ${sizes.join(' and ')}` : '';
  return `: not before ${data.notBeforeMs}, spent ${data.spent} of ${data.budget}${split}`;
}
