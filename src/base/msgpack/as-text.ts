/** What this needs of a reader of values. */
export interface ValueSource {
  /** The number of pairs if a map is next, else -1 and nothing is read. */
  readMapLength(): number;
  /** The number of elements if an array is next, else -1 and nothing is read. */
  readArrayLength(): number;
  readValue(depth: number): unknown;
}

/**
 * The value that is next as JSON text. It needs no stack, so it may be nested as deeply as bytes can say. Keys that are
 * maps or arrays stand in it as they are, which JSON does not know.
 */
export function readAsText(source: ValueSource): string {
  let text = '';
  const open: { left: number; readonly isMap: boolean; readonly end: string }[] = [];
  for (;;) {
    const outer = open.at(-1);
    const isKey = outer?.isMap === true && outer.left % 2 === 0;
    const pairs = source.readMapLength();
    const items = pairs >= 0 ? pairs * 2 : source.readArrayLength();
    if (items >= 0) {
      text += pairs >= 0 ? '{' : '[';
      open.push({ left: items, isMap: pairs >= 0, end: pairs >= 0 ? '}' : ']' });
    } else {
      const value = source.readValue(0);
      text += JSON.stringify(isKey ? String(value) : value);
    }
    // What begins here is to come; everything that it completes ends.
    let done = items < 0;
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if (done) last.left--;
      if (last.left > 0) {
        if (done) text += last.isMap && last.left % 2 === 1 ? ':' : ',';
        break;
      }
      text += last.end;
      open.pop();
      done = true;
    }
    if (open.length === 0) return text;
  }
}
