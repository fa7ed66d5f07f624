import { parseArgs } from 'node:util';
import type { TestAlertAnswer, TestAlertResult } from '../core/api/test-alerts.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { jsonLine, type Paint, painter, printable } from './format.ts';

export const sendTestCommand: Command = {
  name: 'send-test',
  usage: `longshore send-test ALERTER | RULE | --receiver NAME

      --receiver NAME    a receiver of alertmanager.yml: through each of its entries
      --json             the answer as one line of JSON
${CLIENT_USAGE}

ALERTER is slack, post2 and the like, with the options below alerters of the configuration; RULE is the name of a rule that
runs, with the options in it; one that says \`alert: routes\` goes to the receivers that its labels lead to. The message says that it is a test. It is sent once, by the running service.
Exit code 1 if it did not arrive everywhere.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, receiver: { type: 'string' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const name = positionals.join(' ');
    const { receiver } = values;
    if ((name === '') === (receiver === undefined))
      throw new LongshoreError(
        'LS_CLI_RULES',
        name === '' ? 'nothing says through what to send.' : 'there are two things to send through.',
        {
          fix: 'Write longshore send-test slack, or the name of a rule, or --receiver and that of a receiver.',
        },
      );
    const response = await clientFor(values, io.env).post(
      '/api/alerters/test',
      receiver === undefined ? { name } : { receiver },
    );
    const answer = (await response.json()) as TestAlertAnswer;
    const paint = painter(io);
    if (values.json === true) io.stdout.write(`${jsonLine(answer)}\n`);
    else for (const result of answer.results) io.stdout.write(`${lineOf(result, paint)}\n`);
    if (answer.results.length === 0)
      io.stderr.write(`longshore send-test: ${printable(receiver ?? name)} has nothing to send through\n`);
    const isDone = answer.results.length > 0 && answer.results.every(({ outcome }) => outcome === 'sent');
    return isDone ? 0 : 1;
  },
};

function lineOf({ alerter, outcome, reason = '', missing = '', duration_ms }: TestAlertResult, paint: Paint): string {
  if (outcome === 'sent') return `${paint(32, 'sent  ')}  ${alerter}, ${duration_ms} ms`;
  const why = outcome === 'failed' ? reason : `${missing} is not set, so its alerts stay in the log`;
  return `${paint(31, 'FAILED')}  ${alerter}: ${printable(why)}`;
}
