const LINK = /\bhttps?:\/\/[^\s"'<>\\^`{|}\u0000-\u0020\ufffd]+/gi;

/** A text cut at the addresses in it; every second part is one, of http or https and nothing else. */
export function linksIn(text: string): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    // What ends a sentence or closes a bracket is not the address's.
    const address = match[0].replace(/[.,;:!?)\]]+$/, '');
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(end, match.index), address);
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}
