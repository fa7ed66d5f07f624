/** What a piece of a line looks like. */
export type TokenKind =
  | 'time'
  | 'level'
  | 'request'
  | 'ip'
  | 'uuid'
  | 'uri'
  | 'path'
  | 'quoted'
  | 'number'
  | 'class'
  | 'key'
  | 'word'
  | 'space'
  | 'mark';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** The grok pattern of such a piece, where the kind has several. */
  readonly pattern: string;
}

interface Form {
  readonly kind: TokenKind;
  readonly expression: RegExp;
  /** A pattern's name, or a regular expression with `NAME` where its field goes. */
  readonly pattern: string;
}

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*';
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*';
const CLOCK = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?';

/** In the order in which they are tried at a place. */
const FORMS: readonly Form[] = [
  form(
    'time',
    `\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(?::\\d\\d(?:[.,]\\d+)?)?(?:Z|[-+]\\d\\d:?\\d\\d)?(?![\\w:])`,
    'TIMESTAMP_ISO8601',
  ),
  form('time', `\\d\\d/${MONTH}/\\d{4}:${CLOCK} [-+]\\d{4}`, 'HTTPDATE'),
  form('time', `${MONTH} [ \\d]\\d ${CLOCK}(?!\\w)`, 'SYSLOGTIMESTAMP'),
  form('time', `${DAY} ${MONTH} \\d\\d ${CLOCK} \\d{4}`, '(?<NAME>%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR})'),
  form('time', `\\d{4}/\\d\\d/\\d\\d ${CLOCK}`, '(?<NAME>%{YEAR}/%{MONTHNUM}/%{MONTHDAY} %{TIME})'),
  form('time', `\\d\\d[-./]\\d\\d[-./]\\d{4} ${CLOCK}`, '(?<NAME>\\d\\d[-./]\\d\\d[-./]\\d{4} %{TIME})'),
  form('time', `\\d\\d[- ]${MONTH}[- ]\\d{4} ${CLOCK}`, '(?<NAME>%{MONTHDAY}[- ]%{MONTH}[- ]%{YEAR} %{TIME})'),
  form('time', `${CLOCK}(?![\\w:])`, 'TIME'),
  form('request', '"[A-Z]+ [^\\s"]+ HTTP/\\d(?:\\.\\d)?"', ''),
  form('quoted', '"(?:[^"\\\\]|\\\\.)*"', ''),
  form('uuid', '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?!\\w)', 'UUID'),
  form('uri', '[a-z][a-z0-9+.-]*://[^\\s"\'<>)\\]]+', 'URI'),
  form('ip', '\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\w.])', 'IP'),
  form('ip', '(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}(?![\\w:])', 'IP'),
  form(
    'level',
    '(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|SEVERE|trace|debug|info|notice|warn|warning|error|fatal|critical)(?![\\w-])',
    'LOGLEVEL',
  ),
  form('key', '[A-Za-z_][\\w.-]*=', ''),
  form('path', '(?:/[\\w.%~@+-]*)+(?=$|[\\s?,;:)\\]\'"])', 'UNIXPATH'),
  form('class', '(?:[A-Za-z_$][\\w$]*\\.)+[A-Za-z_$][\\w$]*(?![\\w-])', 'JAVACLASS'),
  form('number', '[-+]?\\d+(?:\\.\\d+)?(?![\\w.]\\w)(?=\\D|$)', 'NUMBER'),
  form('word', '[\\p{L}\\p{N}_$@][\\p{L}\\p{N}_$@.#-]*[\\p{L}\\p{N}_$]|[\\p{L}\\p{N}_$@]', 'NOTSPACE'),
  form('space', '\\s+', ''),
  form('mark', '[^]', ''),
];

function form(kind: TokenKind, source: string, pattern: string): Form {
  return { kind, expression: new RegExp(source, 'uy'), pattern };
}

/** Cuts a line into pieces; together they are the line. */
export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const token = tokenAt(line, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(line: string, at: number): Token {
  for (const { kind, expression, pattern } of FORMS) {
    expression.lastIndex = at;
    const found = expression.exec(line);
    if (found !== null && found[0] !== '') return { kind, text: found[0], pattern };
  }
  return { kind: 'mark', text: String.fromCodePoint(line.codePointAt(at)!), pattern: '' };
}
