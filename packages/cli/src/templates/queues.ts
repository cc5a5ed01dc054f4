export const queueStarter = `scenario: sqs-starter

source:
  type: sqs
  name: orders
  visibilityTimeout: 30s # AWS recommends six times the function timeout
  redrive: { maxReceiveCount: 3, deadLetterQueue: orders-dlq }

mapping: # parameters of CreateEventSourceMapping, by AWS's names; what is left out has AWS's default
  BatchSize: 10
  FunctionResponseTypes: [ReportBatchItemFailures] # only the messages that the function names come back
  # ScalingConfig: { MaximumConcurrency: 5 }

function:
  name: consumer
  timeout: 5s
  duration: 50ms
  # handler: ./handler.mjs#handler # your own code instead of the behavior below
  behavior: # what the function does with messages that match; all others succeed
    - match: { body: { poison: [true] } }
      do: report

records:
  - { id: ok, at: 0s, body: { poison: false }, repeat: 20, every: 50ms } # ok.1 … ok.20
  - { id: bad, at: 500ms, body: { poison: true } }

expect: # checked at the end of each run; a miss exits 1
  fates: { ok.1: succeeded, bad: dead-lettered }
  deliveries: { bad: 3 }
`;

export const fifoStarter = `scenario: sqs-fifo-starter

source:
  type: sqs-fifo
  name: orders.fifo
  visibilityTimeout: 30s
  redrive: { maxReceiveCount: 2, deadLetterQueue: orders-dlq.fifo }

mapping: # parameters of CreateEventSourceMapping, by AWS's names; what is left out has AWS's default
  BatchSize: 10 # the most for FIFO queues
  FunctionResponseTypes: [ReportBatchItemFailures]

function:
  name: consumer
  timeout: 5s
  duration: 50ms
  # handler: ./handler.mjs#handler # your own code instead of the behavior below
  behavior:
    - match: { body: { poison: [true] } }
      do: report

records: # order is kept within a group; a message that failed holds up its group, not the others
  - { id: first, at: 0s, group: customer-1, dedup: a1, body: { poison: false } }
  - { id: bad, at: 1s, group: customer-1, dedup: a2, body: { poison: true } }
  - { id: behind, at: 2s, group: customer-1, dedup: a3, body: { poison: false } }
  - { id: other, at: 2s, group: customer-2, dedup: b1, body: { poison: false } }
  - { id: twice, at: 3s, group: customer-2, dedup: b1, body: { poison: false } } # same dedup id: never delivered

expect: # checked at the end of each run; a miss exits 1
  fates: { first: succeeded, bad: dead-lettered, behind: succeeded, other: succeeded, twice: deduplicated }
  deliveries: { bad: 2 }
`;
