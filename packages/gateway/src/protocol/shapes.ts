/**
 * What requests and answers are made of, as data, so that one table serves both protocols. The Query protocol flattens
 * lists and maps and calls their entries by other names; those names stand here, too.
 */

export type Shape = 'text' | 'integer' | 'boolean' | 'blob' | ListShape | MapShape | StructShape;

export interface ListShape {
  readonly kind: 'list';
  /** What the Query protocol calls an entry: `AttributeName.1`. */
  readonly entry: string;
  readonly of: Shape;
}

export interface MapShape {
  readonly kind: 'map';
  /** What the Query protocol calls an entry: `Attribute.1.Name`, `Attribute.1.Value`. */
  readonly entry: string;
  readonly key: string;
  readonly of: Shape;
}

export interface StructShape {
  readonly kind: 'struct';
  readonly members: Readonly<Record<string, Shape>>;
}

export interface OperationShape {
  readonly input: StructShape;
  /** Absent: the operation answers nothing. */
  readonly output?: StructShape;
}

export function list(entry: string, of: Shape = 'text'): ListShape {
  return { kind: 'list', entry, of };
}

export function map(entry: string, key: string, of: Shape = 'text'): MapShape {
  return { kind: 'map', entry, key, of };
}

export function struct(members: Readonly<Record<string, Shape>>): StructShape {
  return { kind: 'struct', members };
}
