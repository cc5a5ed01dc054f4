/** Each script for the two types of queues. */
import { fifoCount, fifoPeek, fifoPurge } from './fifo/look.ts';
import { fifoTake } from './fifo/move.ts';
import { fifoReceive } from './fifo/receive.ts';
import { fifoSend } from './fifo/send.ts';
import { fifoDelete, fifoUndo, fifoVisibility } from './fifo/settle.ts';
import type { Script } from './script.ts';
import { standardCount, standardPeek, standardPurge } from './standard/look.ts';
import { standardTake } from './standard/move.ts';
import { standardReceive } from './standard/receive.ts';
import { standardSend } from './standard/send.ts';
import { standardDelete, standardUndo, standardVisibility } from './standard/settle.ts';

/** A script of a queue, for a standard and for a FIFO queue: same arguments, same answers. */
export interface QueueScript {
  readonly standard: Script;
  readonly fifo: Script;
}

export const queueScripts = {
  send: { standard: standardSend, fifo: fifoSend },
  receive: { standard: standardReceive, fifo: fifoReceive },
  delete: { standard: standardDelete, fifo: fifoDelete },
  visibility: { standard: standardVisibility, fifo: fifoVisibility },
  undo: { standard: standardUndo, fifo: fifoUndo },
  count: { standard: standardCount, fifo: fifoCount },
  peek: { standard: standardPeek, fifo: fifoPeek },
  purge: { standard: standardPurge, fifo: fifoPurge },
  take: { standard: standardTake, fifo: fifoTake },
} as const satisfies Record<string, QueueScript>;
