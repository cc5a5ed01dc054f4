/** The ordered suite on Apache Kafka. */
import { orderedCases } from '@millrace/runtime/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { Brokers, kafkaSubject } from './support/kafka.ts';

describeWith(['kafka'], 'a topic of Apache Kafka', () => {
  let brokers: Brokers;

  beforeAll(async () => {
    brokers = await Brokers.connect(await sharedKafka());
  }, 120_000);

  afterAll(() => brokers.close());

  describe('keeps order', () => {
    const subject = kafkaSubject(() => brokers);
    test.concurrent.each(orderedCases)('$name', ({ run }) => run(subject), 90_000);
  });
});
