/** What whoever caught it says of an error: nothing promises that what is thrown is one. */
export function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
