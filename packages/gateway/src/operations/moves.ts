/** StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask. */
import type { QueueDefinition } from '@millrace/runtime';
import { invalidValue, SqsError } from '../errors.ts';
import type { MoveTask } from '../moves/moveTasks.ts';
import { requireText, type Service } from '../service.ts';

const FASTEST_PER_SECOND = 500;
const MOST_RESULTS = 10;

export async function startMessageMoveTask(
  service: Service,
  input: {
    readonly SourceArn?: string;
    readonly DestinationArn?: string;
    readonly MaxNumberOfMessagesPerSecond?: number;
  },
): Promise<object> {
  const source = await queueByArn(service, requireText(input.SourceArn, 'SourceArn'), 'SourceArn');
  const destination = input.DestinationArn
    ? await queueByArn(service, input.DestinationArn, 'DestinationArn')
    : undefined;
  const perSecond = input.MaxNumberOfMessagesPerSecond;
  if (perSecond !== undefined && (perSecond < 1 || perSecond > FASTEST_PER_SECOND)) {
    throw invalidValue(
      `Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a value between 1 and ${FASTEST_PER_SECOND}.`,
    );
  }
  await checkPair(service, source, destination);
  const task = await service.moves.start({
    sourceArn: source.arn,
    sourceName: source.name,
    destinationArn: destination?.arn,
    destinationName: destination?.name,
    perSecond,
  });
  if (!task) throw alreadyRunning();
  return { TaskHandle: handleOf(task) };
}

export async function listMessageMoveTasks(
  service: Service,
  input: { readonly SourceArn?: string; readonly MaxResults?: number },
): Promise<object> {
  const source = await queueByArn(service, requireText(input.SourceArn, 'SourceArn'), 'SourceArn');
  const max = input.MaxResults ?? 1;
  if (max < 1 || max > MOST_RESULTS) {
    throw invalidValue(`Value for parameter MaxResults is invalid. Reason: It must be between 1 and ${MOST_RESULTS}.`);
  }
  return { Results: service.moves.of(source.arn).slice(0, max).map(onWire) };
}

export async function cancelMessageMoveTask(
  service: Service,
  input: { readonly TaskHandle?: string },
): Promise<object> {
  const { taskId, sourceArn } = readHandle(requireText(input.TaskHandle, 'TaskHandle'));
  const source = await queueByArn(service, sourceArn, 'SourceArn');
  const task = service.moves.of(source.arn).find(({ id }) => id === taskId);
  if (!task) throw new SqsError('ResourceNotFoundException', 'Task does not exist.');
  if (task.status !== 'RUNNING') throw invalidValue('Only active tasks can be cancelled.');
  service.moves.cancel(task);
  return { ApproximateNumberOfMessagesMoved: task.moved };
}

async function checkPair(
  service: Service,
  source: QueueDefinition,
  destination: QueueDefinition | undefined,
): Promise<void> {
  const all = await service.all();
  if (!all.some(({ redrive }) => redrive?.deadLetterTargetArn === source.arn)) {
    throw invalidValue('Source queue must be configured as a Dead Letter Queue.');
  }
  if (destination?.name === source.name) throw invalidValue('Source and destination must be two queues.');
  if (destination && destination.fifo !== source.fifo) {
    throw invalidValue('Source and destination must be queues of the same type.');
  }
  if (service.moves.isRunning(source.arn)) throw alreadyRunning();
}

async function queueByArn(service: Service, arn: string, parameter: string): Promise<QueueDefinition> {
  if (!/^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/.test(arn)) {
    throw invalidValue(
      `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
    );
  }
  const name = service.nameInArn(arn);
  const definition = name === undefined ? undefined : await service.queues.find(name);
  if (definition) return definition;
  throw new SqsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
}

function onWire(task: MoveTask): object {
  return {
    // Only a task that runs can be cancelled, so only that one has a handle.
    TaskHandle: task.status === 'RUNNING' ? handleOf(task) : undefined,
    Status: task.status,
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.perSecond,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failureReason,
    StartedTimestamp: task.startedAtMs,
  };
}

function handleOf({ id, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');
}

function readHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString());
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {
    // Falls through to the refusal.
  }
  throw invalidValue('Value for parameter TaskHandle is invalid.');
}

function alreadyRunning(): SqsError {
  return invalidValue(
    'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  );
}
