/** A line of a file, without its line break; `end`: what follows it begins there, in bytes. */
export interface WholeLine {
  readonly text: string;
  readonly end: number;
}

/** Lines that were written to their end: what comes after the last line break is left out. */
export function* wholeLines(content: Buffer): IterableIterator<WholeLine> {
  let from = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, from)) {
    const text = content.toString('utf8', from, at);
    from = at + 1;
    yield { text, end: from };
  }
}
