import { parseArgs } from 'node:util';
import type { SearchAnswer } from '../core/api/search.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { formatEvent, jsonLine, painter } from './format.ts';
import { print } from './output.ts';

export const searchCommand: Command = {
  name: 'search',
  summary: 'find events: longshore search level:ERROR AND service:web-*',
  usage: `longshore search [QUERY ...]

      --from TIME        ISO time or now-1h (default: everything that is kept)
      --to TIME          default now
  -n, --size N           events to show, newest last (default 50)
      --json             whole events, one line of JSON each
${CLIENT_USAGE}

QUERY is what one types into Kibana, Lucene or KQL: level:ERROR AND response_time:>500
A word that begins with '-' goes behind '--': longshore search --size 5 -- level:ERROR -timeout`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        from: { type: 'string' },
        to: { type: 'string' },
        size: { type: 'string', short: 'n' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const size = `${wholeNumber('--size', values.size, 50)}`;
    const params = { query: positionals.join(' '), from: values.from, to: values.to, size };
    const response = await clientFor(values, io.env).get('/api/search', params);
    const { total, hits, hints = [] } = (await response.json()) as SearchAnswer;
    const paint = painter(io);
    for (const event of hits.toReversed()) {
      if (!(await print(io.stdout, `${values.json === true ? jsonLine(event) : formatEvent(event, paint)}\n`)))
        return 0;
    }
    for (const hint of hints) io.stderr.write(`hint: ${hint}\n`);
    io.stderr.write(`${hits.length} of ${total.relation === 'gte' ? 'at least ' : ''}${total.value} events\n`);
    return 0;
  },
};
