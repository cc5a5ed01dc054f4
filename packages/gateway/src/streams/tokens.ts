/** Tokens that clients hand back unread: the next page of a list, a shard iterator. */

/** A token of any text. */
export function opaque(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The text in a token; undefined when it was not made here. */
export function opened(token: string): string | undefined {
  const text = Buffer.from(token, 'base64').toString();
  return opaque(text) === token ? text : undefined;
}
