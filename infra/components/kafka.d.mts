import type { ClientCertificates } from './certificates.mjs';
import type { How } from './commands.mjs';

/** Beside PLAINTEXT. SASL listeners take PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; SSL wants the client's certificate. */
export type SecureListener = 'SASL_PLAINTEXT' | 'SASL_SSL' | 'SSL';

export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

export interface KafkaOptions {
  /** How many; each is a controller too. Topics have a copy on up to three of them. One when left out. */
  readonly brokers?: number;
  /** Of the first broker's PLAINTEXT listener; a free one when left out. */
  readonly port?: number;
  /** Which listeners there are beside PLAINTEXT. */
  readonly listeners?: readonly SecureListener[];
  /** Their ports on the first broker; free ones where left out. */
  readonly listenerPorts?: { readonly [listener in SecureListener]?: number };
  /** Where the certificates are written and stay; a folder that goes with Kafka when left out. */
  readonly tlsDir?: string;
  /** Who may log in on SASL listeners; `millrace` with `millrace-secret` when left out. */
  readonly users?: readonly KafkaUser[];
  /** Lines of server.properties, such as `log.retention.ms`; they win over those that are set here. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** After all others, so that the last wins: for a bench, `-Xmx1g` and `-XX:TieredStopAtLevel=4`. */
  readonly jvmArgs?: readonly string[];
  readonly say?: (line: string) => void;
}

export interface RunningKafka {
  /** The PLAINTEXT addresses of all brokers, `127.0.0.1:PORT`, joined by commas, as KAFKA_BROKERS takes them. */
  readonly url: string;
  /** The same, one by one: what kafkajs calls `brokers`. The broker with id N is the one at N - 1. */
  readonly brokers: string[];
  /** Of the first broker's PLAINTEXT listener. */
  readonly port: number;
  /** The addresses of every listener there is, one for each broker. */
  readonly endpoints: { readonly PLAINTEXT: string[] } & { readonly [listener in SecureListener]?: string[] };
  readonly users: readonly KafkaUser[];
  /** There when SSL or SASL_SSL is a listener. Gone with the folder after `stop`; the texts stay. */
  readonly tls: ClientCertificates | undefined;
  readonly dir: string;
  /** Of the brokers 1, 2, 3 …; another one after `restart`. */
  readonly pids: readonly number[];
  /** Resolves when the first broker of this moment is gone. */
  readonly exited: Promise<void>;
  /** Whether a broker is gone; without an id, whether all are. */
  isGone(id?: number): boolean;
  /** SIGTERM, SIGKILL where it takes longer; then removes the folder. Twice is fine. */
  stop(): Promise<void>;
  /** SIGKILL for a broker (1 when left out), then waits until it is gone. Ports and files stay for `restart`. */
  kill(id?: number): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. The others take over after 3 s. */
  pause(id?: number): void;
  /** SIGCONT. */
  resume(id?: number): void;
  /** Starts a broker again on its ports and files, ending it first when it runs. Resolves when it is ready. */
  restart(id?: number): Promise<void>;
}

/** Finds or installs Java, the jars and openssl. Resolves to undefined when all is there, else to one sentence that says why not. */
export function ensureKafka(how?: How): Promise<string | undefined>;

/** Whether a Kafka answers in clear text on a port of 127.0.0.1, or of another host. */
export function kafkaAnswers(port: number, host?: string): Promise<boolean>;

/**
 * A private Kafka on 127.0.0.1 with at most 256 MB of heap per broker, ready when it resolves (2 s), ended with this
 * process at the latest. A test that needs a plain one shares that of its run: `sharedKafka()` of
 * test/components/available.ts.
 * @throws an error with `code` `KAFKA_MISSING`, `KAFKA_OPTIONS_INVALID`, `KAFKA_PORT_TAKEN` or `KAFKA_NOT_READY`.
 */
export function startKafka(options?: KafkaOptions): Promise<RunningKafka>;
