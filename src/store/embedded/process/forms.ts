import { type FoundColumns, type FoundType, NONE_FOUND } from '../../query/found-columns.ts';

const forms = new Map<string, FoundColumns>();

/** The same columns are the same object: what is worked out for one form is worked out once. */
export function formOf(columns: readonly (readonly [key: string, type: FoundType])[]): FoundColumns {
  if (columns.length === 0) return NONE_FOUND;
  const name = JSON.stringify(columns);
  let form = forms.get(name);
  if (form === undefined) {
    form = new Map(columns);
    forms.set(name, form);
  }
  return form;
}

class FormWithRest extends Map<string, FoundType> implements FoundColumns {
  readonly rest: ReadonlySet<string>;

  constructor(found: FoundColumns, rest: readonly string[]) {
    super(found);
    this.rest = new Set(rest);
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
  const form = new FormWithRest(found, rest);
  const kept = rests.get(found);
  if (kept === undefined || kept.size >= MAX_RESTS) rests.set(found, new Map([[name, form]]));
  else kept.set(name, form);
  return form;
}
