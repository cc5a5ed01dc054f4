/** The parts of a destination's ARN. */
import { type Arn, parseArn } from '@millrace/aws-shapes';
import { DeliveryRefused } from '@millrace/runtime';

/** @throws {DeliveryRefused} when it is no ARN of this service */
export function arnOf(text: string, service: 'sqs' | 'sns' | 's3'): Arn {
  const arn = parseArn(text);
  if (arn?.service === service && arn.resource !== '') return arn;
  throw new DeliveryRefused(`${text} is not the ARN of an ${service.toUpperCase()} destination.`);
}
