/** The ordered suite through the AWS SDK against kinesis-mock, which nobody here wrote. */
import { orderedCases } from '@millrace/runtime/conformance';
import { beforeAll, describe, test } from 'vitest';
import { describeWith, sharedKinesis } from '../../../test/components/available.ts';
import { kinesisSubject } from './support/kinesis.ts';

describeWith(['kinesis-mock'], 'on kinesis-mock', () => {
  let endpoint: string;

  beforeAll(async () => {
    endpoint = await sharedKinesis();
  }, 120_000);

  describe.each([
    ['Kinesis', false],
    ['Kinesis with enhanced fan-out', true],
  ])('%s', (_title, fanOut) => {
    test.concurrent.each(orderedCases)('$name', ({ run }) => run(kinesisSubject({ endpoint, fanOut })), 60_000);
  });
});
