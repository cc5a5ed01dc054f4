/** Names as BullMQ takes them: no colon in queue names and job ids, and no id that is a number. */

/** The same name without a colon; two names never become one. */
export function withoutColon(name: string): string {
  return name.replaceAll('%', '%25').replaceAll(':', '%3A');
}
