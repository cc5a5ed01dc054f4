/** A failure record as SNS hands it to a subscriber. */
import { isoMillis } from '../events/envelope.ts';

/** An SNS notification without its signature, which only SNS can make. */
export interface Notification {
  readonly Type: 'Notification';
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
}

/** The envelope around a message that was published to a topic; `message` becomes JSON text. */
export function notification(topicArn: string, messageId: string, message: unknown, timestampMs: number): Notification {
  return {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    Message: JSON.stringify(message),
    Timestamp: isoMillis(timestampMs),
  };
}
