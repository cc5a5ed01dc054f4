/** What the inputs of Kinesis and DynamoDB Streams are made of, with their constraints, as data. */

export type Shape = TextShape | IntegerShape | BlobShape | ListShape | MapShape | StructShape | 'boolean' | 'timestamp';

export interface TextShape {
  readonly kind: 'text';
  readonly min?: number;
  readonly max?: number;
  /** What the whole text must match; linear in its length. */
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
}

export interface IntegerShape {
  readonly kind: 'integer';
  readonly min?: number;
  readonly max?: number;
}

/** Read as base64 text, whatever it came as. */
export interface BlobShape {
  readonly kind: 'blob';
  readonly maxBytes: number;
}

export interface ListShape {
  readonly kind: 'list';
  readonly of: Shape;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly kind: 'map';
  readonly key: TextShape;
  readonly of: Shape;
  readonly min?: number;
  readonly max?: number;
}

export interface StructShape {
  readonly kind: 'struct';
  readonly members: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
}

export function text(constraints: Omit<TextShape, 'kind'> = {}): TextShape {
  return { kind: 'text', ...constraints };
}

export function integer(min?: number, max?: number): IntegerShape {
  return { kind: 'integer', ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

export function list(of: Shape, min: number, max: number): ListShape {
  return { kind: 'list', of, min, max };
}

/** Members by name; a name that ends with `!` is required. */
export function struct(members: Readonly<Record<string, Shape>>): StructShape {
  const plain = Object.entries(members).map(([name, shape]) => [name.replace('!', ''), shape] as const);
  const required = Object.keys(members).filter((name) => name.endsWith('!'));
  return { kind: 'struct', members: Object.fromEntries(plain), required: required.map((name) => name.slice(0, -1)) };
}
