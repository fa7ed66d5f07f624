import { parseArgs } from 'node:util';
import type { LedgerReport } from '../core/api/ledger.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { jsonLine, painter, printable } from './format.ts';
import { ledgerText } from './ledger-text.ts';

export const ledgerCommand: Command = {
  name: 'ledger',
  usage: `longshore ledger

      --all              every container (default: the 30 with the most events, and those with a loss)
      --json             the answer of GET /api/ledger as it is
${CLIENT_USAGE}

For each container: received = stored + dead-lettered + dropped by rule + in flight + missing. Exit code 1 when anything
is missing, or the canary is late.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, all: { type: 'boolean' }, json: { type: 'boolean' } },
    });
    const response = await clientFor(values, io.env).get('/api/ledger', {});
    const answer = (await response.json()) as LedgerReport;
    if (values.json === true) io.stdout.write(`${jsonLine(answer)}\n`);
    else io.stdout.write(`${ledgerText(answer, { all: values.all === true, paint: painter(io), printable })}\n`);
    const isMissing = Object.values(answer.containers).some(line => line.unaccounted !== 0);
    return isMissing || answer.canary?.state === 'late' ? 1 : 0;
  },
};
