export const dynamodbStarter = `scenario: dynamodb-starter

source:
  type: dynamodb
  name: orders # the table
  viewType: NEW_AND_OLD_IMAGES

mapping: # parameters of CreateEventSourceMapping, by AWS's names; what is left out has AWS's default
  StartingPosition: TRIM_HORIZON
  BatchSize: 10
  MaximumRetryAttempts: 2
  FunctionResponseTypes: [ReportBatchItemFailures] # the function names the first record that failed
  FilterCriteria:
    Filters:
      - Pattern: '{ "eventName": ["INSERT", "MODIFY"] }' # removals are not delivered
  DestinationConfig:
    OnFailure: { Destination: "arn:aws:sqs:us-east-1:123456789012:failed-orders" }

function:
  name: consumer
  duration: 50ms
  # handler: ./handler.mjs#handler # your own code instead of the behavior below
  behavior:
    - match: { dynamodb: { NewImage: { state: { S: [broken] } } } } # as the event has it: DynamoDB JSON
      do: report

records: # plain JSON: text becomes S, a number N, a boolean BOOL
  - { id: created, at: 0s, op: INSERT, keys: { id: "1" }, new: { id: "1", state: open } }
  - { id: bad, at: 1s, op: MODIFY, keys: { id: "1" }, old: { id: "1", state: open }, new: { id: "1", state: broken } }
  - { id: closed, at: 2s, op: MODIFY, keys: { id: "1" }, old: { id: "1", state: broken }, new: { id: "1", state: closed } }
  - { id: removed, at: 3s, op: REMOVE, keys: { id: "1" }, old: { id: "1", state: closed } }

expect: # checked at the end of each run; a miss exits 1
  fates: { created: succeeded, bad: discarded, closed: succeeded, removed: filtered }
`;
