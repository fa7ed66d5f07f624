import { parseArgs } from 'node:util';
import type { DoraAnswer } from '../core/api/dora.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { doraText } from './dora-text.ts';
import { jsonLine, painter } from './format.ts';

export const doraCommand: Command = {
  name: 'dora',
  usage: `longshore dora

      --days N           of the last days (default 30)
      --service NAME     only of this service
      --json             the answer of GET /api/dora as it is
${CLIENT_USAGE}

Deployments are events (longshore deploy mark, or the query dora.deployments), incidents are alerts with the labels of
dora.incidents. Bands are those of DORA's report of 2023.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        days: { type: 'string' },
        service: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const days = String(wholeNumber('--days', values.days, 30));
    const response = await clientFor(values, io.env).get('/api/dora', { days, service: values.service });
    const answer = (await response.json()) as DoraAnswer;
    io.stdout.write(values.json === true ? `${jsonLine(answer)}\n` : doraText(answer, painter(io)));
    return 0;
  },
};
