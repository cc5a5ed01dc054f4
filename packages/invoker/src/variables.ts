/** The variables that a function's code finds: Lambda's own, and those of its definition. Nothing else of this process. */
import { delimiter, dirname } from 'node:path';
import type { FunctionDefinition } from '@millrace/runtime';

/** Where the logs of an environment would be on AWS. */
export interface LogPlace {
  readonly group: string;
  readonly stream: string;
}

export function logPlace(definition: FunctionDefinition, environmentId: string, nowMs: number): LogPlace {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return { group: `/aws/lambda/${definition.name}`, stream: `${day}/[$LATEST]${environmentId.replaceAll('-', '')}` };
}

/** The function's own variables cannot replace the reserved ones, as AWS refuses such a configuration. */
export function functionVariables(
  definition: FunctionDefinition,
  logs: LogPlace,
  handler: string,
  taskRoot: string,
): Record<string, string> {
  const region = regionOf(definition.arn);
  return {
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    ...definition.env,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logs.group,
    AWS_LAMBDA_LOG_STREAM_NAME: logs.stream,
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: handler,
  };
}

/** AWS's own search path, and the folder of the runtime's program, which need not be on it. */
export function searchPath(program: string): string {
  return ['/usr/local/bin', '/usr/bin', '/bin', '/opt/bin', dirname(program)].join(delimiter);
}

function regionOf(arn: string): string {
  return arn.split(':')[3] || 'us-east-1';
}
