/**
 * Counts what a model looks at. Every property that is read through the returned view, at any depth, counts as one
 * operation: array elements, map entries, fields. No clock is involved, so the figure is the same on every machine.
 */
export interface Counted<T> {
  readonly state: T;
  reads(): number;
}

export function counted<T extends object>(state: T): Counted<T> {
  let reads = 0;
  const views = new WeakMap<object, object>();
  const isView = new WeakSet<object>();

  function view(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || isView.has(value)) return value;
    const known = views.get(value);
    if (known) return known;
    const made = new Proxy(value, { get });
    views.set(value, made);
    isView.add(made);
    return made;
  }

  function get(target: object, key: PropertyKey, receiver: unknown): unknown {
    reads++;
    const isCollection = target instanceof Map || target instanceof Set;
    const found: unknown = Reflect.get(target, key, isCollection ? target : receiver);
    if (typeof found !== 'function' || !isCollection) return view(found);
    return (...given: unknown[]) => view(found.apply(target, given));
  }

  return { state: view(state) as T, reads: () => reads };
}
