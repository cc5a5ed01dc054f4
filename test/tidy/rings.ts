/** The rings of the architecture, as data: every package that is built or planned, and what it may import. */

export interface RingEntry {
  /** 0 rules, 1 time, 2 adapters, 3 applications. Imports point to lower rings only. */
  readonly ring: 0 | 1 | 2 | 3;
  /** Packages of the same ring whose types, and nothing else, may be imported. */
  readonly typesOf?: readonly string[];
  /** True: no clock and no random source, neither of the language nor of Node. */
  readonly timeless?: boolean;
  /** True: runs in a browser, so nothing of Node; `nodeDirs` are exempt. */
  readonly browser?: boolean;
  /** Folders below src that only Node loads. They are entry points of their own (`@millrace/x/node`). */
  readonly nodeDirs?: readonly string[];
  /** Files below src that may read the clock although the package is timeless. */
  readonly clockFiles?: readonly string[];
}

export const rings: Readonly<Record<string, RingEntry>> = {
  semantics: { ring: 0, timeless: true, browser: true },
  'aws-shapes': { ring: 0, typesOf: ['semantics'], timeless: true, browser: true },
  // A user's handler is real code: only a real clock can tell that it will not answer.
  simulation: { ring: 1, timeless: true, browser: true, nodeDirs: ['node'], clockFiles: ['node/patience.ts'] },
  runtime: { ring: 1, timeless: true, clockFiles: ['clock.ts'] },
  redis: { ring: 2 },
  'poller-sqs': { ring: 2 },
  'poller-shards': { ring: 2 },
  'poller-kafka': { ring: 2 },
  invoker: { ring: 2 },
  destinations: { ring: 2 },
  gateway: { ring: 2 },
  cli: { ring: 3 },
  studio: { ring: 3 },
};
