import { type FoundColumns, type FoundType, NONE_FOUND } from '../../query/found-columns.ts';
import type { MessagePiece } from '../../query/message-pieces.ts';

const forms = new Map<string, FoundColumns>();

/** The same columns are the same object: what is worked out for one form is worked out once. */
export function formOf(
  columns: readonly (readonly [key: string, type: FoundType])[],
  message?: readonly MessagePiece[],
): FoundColumns {
  if (columns.length === 0 && message === undefined) return NONE_FOUND;
  const name = JSON.stringify([columns, message]);
  let form = forms.get(name);
  if (form === undefined) {
    form = new Form(columns, message);
    forms.set(name, form);
  }
  return form;
}

class Form extends Map<string, FoundType> implements FoundColumns {
  readonly message: readonly MessagePiece[] | undefined;
  readonly rest: ReadonlySet<string> | undefined;

  constructor(
    columns: Iterable<readonly [string, FoundType]>,
    message: readonly MessagePiece[] | undefined,
    rest?: readonly string[],
  ) {
    super(columns);
    this.message = message;
    this.rest = rest && new Set(rest);
  }
}

/** Kept for each columns. */
const MAX_RESTS = 1000;
const rests = new WeakMap<FoundColumns, Map<string, FoundColumns>>();

/** These columns with what `fields` has beside them; undefined: not known. Also the same object for the same. */
export function withRest(found: FoundColumns, rest: readonly string[] | undefined): FoundColumns {
  if (rest === undefined) return found;
  const name = JSON.stringify(rest);
  const known = rests.get(found)?.get(name);
  if (known !== undefined) return known;
  const form = new Form(found, found.message, rest);
  const kept = rests.get(found);
  if (kept === undefined || kept.size >= MAX_RESTS) rests.set(found, new Map([[name, form]]));
  else kept.set(name, form);
  return form;
}
