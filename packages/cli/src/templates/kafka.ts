export function kafkaStarter(type: 'msk' | 'self-managed-kafka'): string {
  return `scenario: ${type}-starter

source:
  type: ${type}
  name: orders # the topic
  partitions: 3

mapping: # parameters of CreateEventSourceMapping, by AWS's names; what is left out has AWS's default
  StartingPosition: TRIM_HORIZON
  BatchSize: 10
  MaximumBatchingWindowInSeconds: 1
  ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 } # retry limits and bisecting need provisioned mode
  MaximumRetryAttempts: 2
  BisectBatchOnFunctionError: true
  DestinationConfig:
    OnFailure: { Destination: "arn:aws:sqs:us-east-1:123456789012:failed-orders" }

function:
  name: consumer
  duration: 50ms
  # handler: ./handler.mjs#handler # your own code instead of the behavior below
  behavior:
    - match: { value: { poison: [true] } }
      do: throw

records:
  - { id: ok, at: 0s, key: customer-1, value: { poison: false }, repeat: 12, every: 100ms } # ok.1 … ok.12
  - { id: bad, at: 500ms, key: customer-1, value: { poison: true } }
  - { id: other, at: 0s, partition: 2, key: customer-2, value: { poison: false }, repeat: 5, every: 200ms }

expect: # checked at the end of each run; a miss exits 1
  fates: { ok.1: succeeded, bad: discarded }
`;
}
