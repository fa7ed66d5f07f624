/** `[a][b]` and `a` as one path with dots. */
export function fieldPath(reference: string): string {
  const text = reference.trim();
  if (!/^(?:\[[^\][]+\])+$/.test(text)) return text;
  return text.slice(1, -1).split('][').join('.');
}

/** A text of Logstash with `%{field}` and `%{+format}` in it, cut into pieces. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly path: string }
  /** Joda's format of the event's time, in UTC; `%s`: seconds since 1970. */
  | { readonly kind: 'time'; readonly format: string };

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(/%\{([^}]*)\}/g)) {
    if (match.index > done) found.push({ kind: 'text', text: text.slice(done, match.index) });
    const inner = match[1]!;
    done = match.index + match[0].length;
    if (inner === '') found.push({ kind: 'text', text: match[0] });
    else if (inner.startsWith('+')) found.push({ kind: 'time', format: inner.slice(1) });
    else if (/^\{.*\}?$/.test(inner)) found.push({ kind: 'time', format: inner.slice(1).replace(/\}$/, '') });
    else found.push({ kind: 'field', path: fieldPath(inner) });
  }
  if (done < text.length) found.push({ kind: 'text', text: text.slice(done) });
  return found;
}

/** The variables of the environment in a text: `${NAME}` and `${NAME:default}`. */
export function withVariables(
  text: string,
  replace: (name: string, fallback: string | undefined) => string | undefined,
): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::([^}]*))?\}/g, (whole, name: string, fallback?: string) => {
    return replace(name, fallback) ?? whole;
  });
}

/** Of Joda's letters those that mean something else in java.time; undefined where a form has no equivalent. */
export function javaFormat(joda: string): string {
  return joda.replace(/'(?:[^']|'')*'|([A-Za-z])\1*/g, (run: string, letter?: string) => {
    if (letter === undefined) return run;
    switch (letter) {
      // Year of era, and the year of weeks.
      case 'Y':
        return 'y'.repeat(run.length);
      case 'x':
        return 'Y'.repeat(run.length);
      case 'C':
        return run;
      // Z: +0100, ZZ: +01:00, ZZZ: Europe/Berlin.
      case 'Z':
        return run.length === 1 ? 'Z' : run.length === 2 ? 'XXX' : 'VV';
      default:
        return run;
    }
  });
}
