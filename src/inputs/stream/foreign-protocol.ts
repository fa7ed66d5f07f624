/**
 * The protocol that a peer speaks who was told the wrong port, by the first bytes of its connection; undefined: none of
 * these. A line of text could begin like a request; that of a request ends with its version.
 */
export function foreignProtocol(first: Buffer): 'HTTP' | 'TLS' | 'forward' | undefined {
  const byte = first[0]!;
  if (byte === 0x16 && first[1] === 0x03) return 'TLS';
  // An array of two to four that begins with a text; no text in UTF-8 begins so.
  if (byte >= 0x92 && byte <= 0x94 && isStr(first[1])) return 'forward';
  if (byte < 0x41 || byte > 0x5a) return undefined;
  const end = first.indexOf(LF);
  const line = first.toString('latin1', 0, end === -1 ? Math.min(first.length, MAX_LINE) : Math.min(end, MAX_LINE));
  return REQUEST.test(line) ? 'HTTP' : undefined;
}

const LF = 0x0a;
const MAX_LINE = 16_384;
const REQUEST = /^(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE|PRI) \S+ HTTP\/[12]\.[01]\r?$/;

function isStr(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0xa0 && byte <= 0xbf) || (byte >= 0xd9 && byte <= 0xdb));
}
