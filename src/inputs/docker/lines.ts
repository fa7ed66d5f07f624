import type { IncomingMessage } from 'node:http';

/** The lines of an answer that goes on; one that is longer is left out. */
export async function* linesOf(response: IncomingMessage, mostBytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const text = bytes > mostBytes ? '' : Buffer.concat([...parts, chunk.subarray(from, at)]).toString('utf8');
      parts = [];
      bytes = 0;
      from = at + 1;
      if (text !== '') yield text;
    }
    const rest = chunk.subarray(from);
    bytes += rest.length;
    if (bytes > mostBytes) parts = [];
    else if (rest.length > 0) parts.push(rest);
  }
  // A last one without its end.
  if (bytes > 0 && bytes <= mostBytes) yield Buffer.concat(parts).toString('utf8');
}

const LF = 0x0a;
