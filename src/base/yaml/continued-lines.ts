const PAD = ' '.repeat(80);
/** Where a value may begin: behind a dash, a colon or a question mark, and in brackets behind a comma. */
const BEFORE_VALUE = /(?:^|[\s[{,])(?:[-?:]\s+)*(?:[&!][^\s[\]{},]*\s+)*$|:\s+(?:[&!][^\s[\]{},]*\s+)*$/;
const BLOCK_SCALAR = /(?:^|[:\-?]\s)(?:[&!]\S+\s+)*[|>][-+\d]*\s*(?:#.*)?$/;

/**
 * The text with the lines that go on inside of quotes or brackets indented far, which means nothing there: PyYAML lets
 * them begin anywhere, while YAML itself wants them behind what they belong to. Lines stay lines.
 */
export function indentContinuedLines(text: string): string {
  let quote = '';
  let depth = 0;
  /** Lines deeper than this belong to a block scalar. */
  let block = -1;
  return text
    .split('\n')
    .map(line => {
      const indent = /^ */.exec(line)![0].length;
      if (block >= 0) {
        if (line.trim() === '' || indent > block) return line;
        block = -1;
      }
      const isContinued = quote !== '' || depth > 0;
      for (let i = 0; i < line.length; i++) {
        const char = line[i]!;
        if (quote !== '') {
          if (char === '\\' && quote === '"') i++;
          else if (char === quote && quote === "'" && line[i + 1] === "'") i++;
          else if (char === quote) quote = '';
        } else if (char === '#' && (i === 0 || /\s/.test(line[i - 1]!))) break;
        else if ((char === '"' || char === "'") && BEFORE_VALUE.test(line.slice(0, i))) quote = char;
        else if ((char === '[' || char === '{') && (depth > 0 || BEFORE_VALUE.test(line.slice(0, i)))) depth++;
        else if ((char === ']' || char === '}') && depth > 0) depth--;
      }
      if (!isContinued && depth === 0 && quote === '' && BLOCK_SCALAR.test(line)) block = indent;
      return isContinued && line.trim() !== '' ? PAD + line.trimStart() : line;
    })
    .join('\n');
}
