export const kinesisStarter = `scenario: kinesis-starter

source:
  type: kinesis
  name: orders
  shards: 2

mapping: # parameters of CreateEventSourceMapping, by AWS's names; what is left out has AWS's default
  StartingPosition: TRIM_HORIZON
  BatchSize: 10
  MaximumBatchingWindowInSeconds: 1
  ParallelizationFactor: 2 # batches of one shard at once; order is kept per partition key
  MaximumRetryAttempts: 2
  BisectBatchOnFunctionError: true # halves a failed batch, so that the bad record ends up alone
  DestinationConfig:
    OnFailure: { Destination: "arn:aws:sqs:us-east-1:123456789012:failed-orders" }

function:
  name: consumer
  timeout: 3s
  duration: 50ms
  # handler: ./handler.mjs#handler # your own code instead of the behavior below
  behavior: # what the function does with records that match; all others succeed
    - match: { data: { poison: [true] } }
      do: throw

records:
  - { id: ok, at: 0s, key: customer-1, data: { poison: false }, repeat: 12, every: 100ms } # ok.1 … ok.12
  - { id: bad, at: 500ms, key: customer-1, data: { poison: true } }
  - { id: other, at: 0s, key: customer-3, data: { poison: false }, repeat: 5, every: 200ms }

expect: # checked at the end of each run; a miss exits 1
  fates: { ok.1: succeeded, bad: discarded }
  discards: [{ condition: RetryAttemptsExhausted, records: [bad] }]
`;
