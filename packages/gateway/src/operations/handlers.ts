/** Which function carries out which operation. */
import { SqsError } from '../errors.ts';
import type { OperationName } from '../protocol/operations.ts';
import type { Call, Service } from '../service.ts';
import { getQueueAttributes, listDeadLetterSourceQueues, setQueueAttributes } from './attributes.ts';
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from './moves.ts';
import { createQueue, deleteQueue, getQueueUrl, listQueues, purgeQueue } from './queues.ts';
import { receiveMessage } from './receive.ts';
import { sendMessage, sendMessageBatch } from './send.ts';
import { changeMessageVisibility, changeMessageVisibilityBatch, deleteMessage, deleteMessageBatch } from './settle.ts';
import { listQueueTags, tagQueue, untagQueue } from './tags.ts';

/** The input has the operation's shape: the protocol has checked it. */
type Handler = (service: Service, input: Readonly<Record<string, never>>, call: Call) => Promise<object | undefined>;

export const handlers: Readonly<Record<OperationName, Handler>> = {
  AddPermission: noPermissions,
  CancelMessageMoveTask: cancelMessageMoveTask,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  CreateQueue: createQueue,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: deleteQueue,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  ListMessageMoveTasks: listMessageMoveTasks,
  ListQueueTags: listQueueTags,
  ListQueues: listQueues,
  PurgeQueue: purgeQueue,
  ReceiveMessage: receiveMessage,
  RemovePermission: noPermissions,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: setQueueAttributes,
  StartMessageMoveTask: startMessageMoveTask,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
};

async function noPermissions(): Promise<never> {
  throw new SqsError(
    'UnsupportedOperation',
    'AddPermission and RemovePermission are not supported: this endpoint checks no permissions. Set the Policy attribute to keep a policy with a queue.',
  );
}
