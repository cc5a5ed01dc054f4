/** A sentence for people, with a code for programs. */
export class ComponentError extends Error {
  readonly code: string;
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean>;

/** A port of 127.0.0.1 that was free a moment ago, outside the range that clients' own ports are taken from. */
export function freePort(): Promise<number>;

/** Sends a text to a port, of 127.0.0.1 unless a host is named. Resolves to what is answered once it is complete; undefined when nobody answers. */
export function ask(
  port: number,
  text: string,
  isComplete: (answer: string) => boolean,
  patienceMs?: number,
  host?: string,
): Promise<string | undefined>;

export interface StartedProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<void>;
  isGone(): boolean;
  /** The end of what it printed. */
  output(): string;
  signal(name: NodeJS.Signals): boolean;
  /** SIGTERM, SIGKILL when it takes longer, and waits until it is gone. */
  end(graceMs: number): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a program that never outlives this process, even when this one is killed with SIGKILL. */
export function startProcess(
  file: string,
  args: readonly string[],
  options?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly cwd?: string;
    readonly onOutput?: (data: Buffer) => void;
  },
): StartedProcess;

/** A folder of its own in the system's place for temporary ones; removed when this process ends, at the latest. */
export function makeFolder(name: string): string;
export function dropFolder(folder: string): void;
