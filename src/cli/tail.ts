import { parseArgs } from 'node:util';
import type { ErrorCode } from '../core/codes.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { formatEvent, jsonLine, painter, printable } from './format.ts';
import { print } from './output.ts';

export const tailCommand: Command = {
  name: 'tail',
  usage: `longshore tail [QUERY ...]

  -n, --last N           begin with the newest N (default 10)
      --json             whole events, one line of JSON each
${CLIENT_USAGE}`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, last: { type: 'string', short: 'n' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) io.once(signal, () => stop.abort());
    io.stdout.on('error', () => stop.abort());
    const params = { query: positionals.join(' '), last: `${wholeNumber('--last', values.last, 10)}` };
    const paint = painter(io);
    try {
      const response = await clientFor(values, io.env).get('/api/tail', params, { signal: stop.signal });
      for await (const { event, data } of serverSentEvents(response.body!)) {
        if (event === 'dropped') io.stderr.write(`(events left out here: ${printable(data)})\n`);
        if (event === 'ended') throw endedBy(data);
        if (event !== 'message') continue;
        const stored = JSON.parse(data) as StoredEvent;
        if (!(await print(io.stdout, `${values.json === true ? jsonLine(stored) : formatEvent(stored, paint)}\n`)))
          return 0;
      }
      io.stderr.write('longshore closed the tail\n');
      return 1;
    } catch (error) {
      if (stop.signal.aborted) return 0;
      if (error instanceof LongshoreError) throw error;
      throw new LongshoreError(
        'LS_CLI_TAIL_BROKEN',
        `the tail broke off: ${messageOf((error as Error).cause ?? error)}.`,
        {
          fix: "Look whether longshore still runs, and start 'tail' again.",
          cause: error,
        },
      );
    }
  },
};

/** The server does not want to go on with this query, and says why. */
function endedBy(data: string): LongshoreError {
  const { code, message } = JSON.parse(data) as { code: ErrorCode; message: string };
  return new LongshoreError(code, message);
}

/** The events of a text/event-stream body; comments are heartbeats and are passed over. */
async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  let buffered = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    buffered += text;
    for (let end = buffered.indexOf('\n\n'); end >= 0; end = buffered.indexOf('\n\n')) {
      const lines = buffered.slice(0, end).split('\n');
      buffered = buffered.slice(end + 2);
      const value = (name: string) =>
        lines
          .filter(line => line.startsWith(`${name}:`))
          .map(line => line.slice(name.length + 1).replace(/^ /, ''))
          .join('\n');
      const data = value('data');
      if (data !== '') yield { event: value('event') || 'message', data };
    }
  }
}
