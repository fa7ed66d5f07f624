// Values of Python that JSON has no word for, for texts that print them as Python does.

/** A float that is a whole number: prints as `5.0`. Other numbers show by themselves what they are. */
export class PyFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** `(a, b)`. */
export class Tuple extends Array<unknown> {
  static of2(...items: unknown[]): Tuple {
    const tuple = new Tuple();
    for (const item of items) tuple.push(item);
    return tuple;
  }
}

/** `dict_items([...])` and the like: a list that prints its kind. */
export class DictView extends Array<unknown> {
  kind = 'dict_items';

  static make(kind: string, items: readonly unknown[]): DictView {
    const view = new DictView();
    view.kind = kind;
    for (const item of items) view.push(item);
    return view;
  }
}

/** A number that is a float in Python, however it looks. */
export function float(value: number): number | PyFloat {
  return Number.isInteger(value) ? new PyFloat(value) : value;
}

/** The number of an int, a float or a boolean; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof PyFloat ? value.value : undefined;
}

export const isFloat = (value: unknown): boolean =>
  value instanceof PyFloat || (typeof value === 'number' && !Number.isInteger(value));
