const LETTERS: Readonly<Record<string, string>> = {
  Y: 'yyyy',
  C: '',
  y: 'yy',
  m: 'MM',
  B: 'MMMM',
  b: 'MMM',
  h: 'MMM',
  d: 'dd',
  e: 'd',
  j: 'DDD',
  H: 'HH',
  k: 'H',
  I: 'hh',
  l: 'h',
  M: 'mm',
  S: 'ss',
  L: 'SSS',
  N: 'SSSSSSSSS',
  p: 'a',
  P: 'a',
  A: 'EEEE',
  a: 'EEE',
  z: 'XX',
  ':z': 'XXX',
  Z: 'zzz',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
  X: 'HH:mm:ss',
  R: 'HH:mm',
  D: 'MM/dd/yy',
  x: 'MM/dd/yy',
  c: 'EEE MMM d HH:mm:ss yyyy',
  n: '\n',
  t: '\t',
  '%': '%',
};

/** Letters that blanks pad, as strftime prints them. */
const PADDED: Readonly<Record<string, string>> = { e: 'ppd', k: 'ppH', l: 'pph' };

/** A format of strftime as java.time writes it; undefined where it cannot be. `%s` alone is UNIX. */
export function javaTimeFormat(format: string, letters = LETTERS): string | undefined {
  if (format === '%s') return 'UNIX';
  if (/^%s\.?%L$|^%s\.%[369]?N$/.test(format)) return 'UNIX';
  if (format === '%iso8601') return 'ISO8601';
  let out = '';
  let literal = '';
  const flush = (): void => {
    if (literal !== '') out += /[A-Za-z[\]{}#']/.test(literal) ? `'${literal.replaceAll("'", "''")}'` : literal;
    literal = '';
  };
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') {
      literal += format[i];
      continue;
    }
    const [whole, flags = '', width = '', colon = '', letter = ''] =
      /^%([-0^#]?)(\d*)(:?)([A-Za-z%])/.exec(format.slice(i)) ?? [];
    if (whole === undefined) return undefined;
    i += whole.length - 1;
    const found = letters[colon + letter];
    if (found === undefined || found === '') return undefined;
    if (letter === '%' || letter === 'n' || letter === 't') {
      literal += found;
      continue;
    }
    flush();
    if (letter === 'N' || letter === 'L') out += 'S'.repeat(width === '' ? found.length : Number(width));
    else out += flags === '-' && /^(?:MM|dd|HH|hh|mm|ss)$/.test(found) ? found.slice(1) : found;
  }
  flush();
  return out;
}

/** The same, and where a day or an hour may be padded by a blank (`Nov  5`) a second form for that. */
export function javaTimeFormats(format: string): string[] | undefined {
  const only = javaTimeFormat(format);
  if (only === undefined) return undefined;
  if (/%[ekl]/.test(format) && !/%[bBh] %e/.test(format)) {
    const padded = javaTimeFormat(format, { ...LETTERS, ...PADDED });
    return padded === undefined ? [only] : [only, padded];
  }
  const padded = /(?<=MMM )dd?(?= )/;
  return /%[bBh] %[de]/.test(format) && padded.test(only) ? [only, only.replace(padded, ' d')] : [only];
}
