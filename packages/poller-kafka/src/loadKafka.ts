/** kafkajs takes long to load: only who uses it waits for it. */
import type { TopicClient } from './client.ts';
import type { KafkaClientOptions } from './kafka/kafkaClient.ts';

export async function kafkaClient(options: KafkaClientOptions): Promise<TopicClient> {
  const loaded = await import('./kafka/kafkaClient.ts');
  return loaded.kafkaClient(options);
}
