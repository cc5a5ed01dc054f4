/** Real code for what an event must not have: a field that is absent cannot be expected in a scenario file. */

/** Throws when a record has a key or a value, be it null. */
export function withoutKeyAndValue(event) {
  for (const record of Object.values(event.records).flat()) {
    for (const field of ['key', 'value']) {
      if (field in record) throw new Error(`the record at offset ${record.offset} has the field ${field}`);
    }
  }
}
