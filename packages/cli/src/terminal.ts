/**
 * The command's way out: two streams and what is known of the terminal. Commands get it handed in, so that tests see
 * exactly what a person would. A reader that went away (EPIPE) ends the command quietly, unless it asks to do so itself.
 */
import process from 'node:process';

export interface Terminal {
  /** Writes to standard output; resolves when more may be written. */
  out(text: string): Promise<void>;
  /** Writes to standard error, at once. */
  err(text: string): void;
  /** Calls back when a reader of what is written has gone, instead of ending the command; the answer undoes it. */
  onReaderGone(stop: () => void): () => void;
  /** Columns of standard output; 100 where it is no terminal. */
  readonly width: number;
  readonly colours: boolean;
  /** The locale is not UTF-8. */
  readonly ascii: boolean;
  /** Standard error is a terminal. */
  readonly interactive: boolean;
  readonly debug: boolean;
}

const widthOfFiles = 100;

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  let leave = exit;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      leave();
    });
  }
  return {
    out: (text) => writeOut(text),
    err: (text) => void stderr.write(text),
    onReaderGone: (stop) => {
      leave = stop;
      return () => {
        leave = exit;
      };
    },
    width: Math.max(
      40,
      Math.min(200, stdout.isTTY ? stdout.columns || 80 : (wholeNumber(env.COLUMNS) ?? widthOfFiles)),
    ),
    colours: coloursWanted(stdout.isTTY, env),
    ascii: asciiOnly(env),
    interactive: stderr.isTTY === true && env.TERM !== 'dumb',
    debug: env.MILLRACE_DEBUG === '1',
  };
}

function writeOut(text: string): Promise<void> {
  if (process.stdout.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'error']) process.stdout.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'error']) process.stdout.on(event, done);
  });
}

function exit(): void {
  process.exit(process.exitCode ?? 0);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Colours only on a terminal, and never when NO_COLOR is set to anything (no-color.org). */
export function coloursWanted(terminal: boolean | undefined, env: Env): boolean {
  return terminal === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** The first of LC_ALL, LC_CTYPE and LANG that is set decides; none set means UTF-8, as in most containers. */
export function asciiOnly(env: Env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return locale !== undefined && locale !== '' && !/utf-?8/i.test(locale);
}
