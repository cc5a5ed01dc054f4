/** A server that was started, on a port of 127.0.0.1. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly exited: Promise<void>;
  isGone(): boolean;
  /** SIGTERM, then waits until it is gone. Twice is fine. */
  stop(): Promise<void>;
  /** SIGKILL, then waits until it is gone. What it kept in memory goes with it. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}
