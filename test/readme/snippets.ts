/**
 * The fenced snippets of a README, each with what is done with it, so that none escapes:
 *
 * | fence | what is done |
 * |---|---|
 * | `ts` | type-checked and run; as a vitest file when it imports vitest |
 * | `sh` | every command is run from the root; it must exit with 0, or as `<!-- exit: 1 -->` before the fence says |
 * | `sh`, a line that ends in `&` | goes on until the end of the fence; then it is stopped as by Ctrl-C, and exits with 0 |
 * | `text` | must follow an `sh` fence: its lines stand in that output in this order; a line `…` stands for any lines |
 * | `yaml` | run as a scenario, which must come out as it expects |
 * | `json`, `jsonl` | parsed |
 *
 * `<!-- file: NAME -->` before a fence of any language keeps it as a file of that name beside the commands and snippets
 * instead; something after it must use it.
 */

export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** From `<!-- name: value -->` lines directly before the fence. */
  readonly marks: Readonly<Record<string, string>>;
}

const opening = /^(`{3,})(\S*)\s*$/;
const mark = /^<!--\s*(\w+):\s*(.*?)\s*-->$/;

/** Fences that start at the beginning of a line. @throws when a fence is not closed. */
export function snippetsOf(markdown: string): readonly Snippet[] {
  const lines = markdown.split('\n');
  const found: Snippet[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = opening.exec(lines[at] ?? '');
    if (!fence) continue;
    const end = lines.indexOf(fence[1] ?? '', at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: the fence is not closed`);
    const text = `${lines.slice(at + 1, end).join('\n')}\n`;
    found.push({ language: fence[2] ?? '', text, line: at + 1, marks: marksBefore(lines, at) });
    at = end;
  }
  return found;
}

function marksBefore(lines: readonly string[], fenceAt: number): Readonly<Record<string, string>> {
  const marks: Record<string, string> = {};
  for (let at = fenceAt - 1; at >= 0; at -= 1) {
    const line = lines[at]?.trim() ?? '';
    const found = mark.exec(line);
    if (found?.[1]) marks[found[1]] = found[2] ?? '';
    else if (line !== '') break;
  }
  return marks;
}

/** Commands of an `sh` fence: comments dropped, lines that end in a backslash joined. */
export function commandsOf(text: string): readonly string[] {
  const joined = text.replaceAll(/\\\n\s*/g, '');
  return joined
    .split('\n')
    .map((line) => line.replace(/(^|\s)#\s.*$/, '').trim())
    .filter(Boolean);
}

/** The first expected line that the output lacks (trailing blanks aside), in order; undefined when all are there. */
export function missingLine(expected: string, output: string): string | undefined {
  const rest = output.split('\n').map((line) => line.trimEnd());
  let from = 0;
  let anywhere = true;
  for (const line of expected.trimEnd().split('\n')) {
    if (line.trim() === '…') {
      anywhere = true;
      continue;
    }
    const at = anywhere ? rest.indexOf(line.trimEnd(), from) : rest[from] === line.trimEnd() ? from : -1;
    if (at < 0) return line;
    from = at + 1;
    anywhere = false;
  }
  return undefined;
}

/** Why a README's snippets would not all be tested; empty when they are. */
export function escapes(snippets: readonly Snippet[]): readonly string[] {
  return snippets.flatMap((snippet, index) => {
    const problem = escapeOf(snippet, snippets.slice(0, index), snippets.slice(index + 1));
    return problem ? [`line ${snippet.line}: ${problem}`] : [];
  });
}

function escapeOf(
  { language, marks }: Snippet,
  before: readonly Snippet[],
  after: readonly Snippet[],
): string | undefined {
  const unknown = Object.keys(marks).filter((name) => name !== 'file' && name !== 'exit');
  if (unknown.length > 0) return `nobody reads the mark ${unknown.join(', ')}`;
  if (marks.file !== undefined) {
    // Another file may use it, which is itself used by something after it.
    const used = after.some(({ text }) => text.includes(marks.file ?? ''));
    return used ? undefined : `nothing after it uses the file ${marks.file}`;
  }
  if (language === 'text') return before.at(-1)?.language === 'sh' ? undefined : 'a text fence must follow an sh fence';
  if (['ts', 'sh', 'yaml', 'json', 'jsonl'].includes(language)) return undefined;
  return `nothing is known to do with a fence of ${language === '' ? 'no language' : language}`;
}
