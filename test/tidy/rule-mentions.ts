/** Rules and tests belong together: an id that no test and no scenario names is a rule that nobody checks. */

/** The ids that occur in none of the texts. An id inside a longer id does not count. */
export function unmentioned(ids: readonly string[], texts: readonly string[]): readonly string[] {
  const mentioned = new Set(texts.flatMap((text) => text.match(/[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+/g) ?? []));
  return ids.filter((id) => !mentioned.has(id));
}
