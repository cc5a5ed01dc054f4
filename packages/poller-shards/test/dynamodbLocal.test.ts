/** The ordered suite through the AWS SDK against Amazon's DynamoDB Local. */
import { orderedCases } from '@millrace/runtime/conformance';
import { beforeAll, test } from 'vitest';
import { describeWith, sharedDynamoDb } from '../../../test/components/available.ts';
import { dynamodbSubject } from './support/dynamodb.ts';

describeWith(['dynamodb-local'], 'on DynamoDB Local', () => {
  let endpoint: string;

  beforeAll(async () => {
    endpoint = await sharedDynamoDb();
  }, 120_000);

  test.concurrent.each(orderedCases)('$name', ({ run }) => run(dynamodbSubject(endpoint)), 60_000);
});
