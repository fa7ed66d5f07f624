import { parseArgs } from 'node:util';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { NOTIFICATION_STATES, type NotificationView } from '../core/api/alerts.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, type ClientValues, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { jsonLine, type Paint, painter, printable } from './format.ts';
import { print } from './output.ts';

interface Values extends ClientValues {
  state?: string;
  size?: string;
  all?: boolean;
  json?: boolean;
}

interface Call {
  readonly client: Client;
  readonly values: Values;
  readonly ids: readonly string[];
  readonly io: NodeJS.Process;
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = { list, retry };
const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const GREY = 90;
const COLOURS: Readonly<Record<string, number>> = { sent: GREEN, dead: RED, dropped: RED, retrying: YELLOW };

export const notificationsCommand: Command = {
  name: 'notifications',
  usage: `longshore notifications [list]        on their way, sent lately, given up; newest first
longshore notifications retry ID ...  sends those again that were given up (dead) or pushed out (dropped)

      --state STATE      of list: ${NOTIFICATION_STATES.join(', ')}
      --all              of retry: all that are dead or dropped
  -n, --size N           of list: notifications to show (default 20)
      --json             whole notifications, one line of JSON each
${CLIENT_USAGE}

A notification that is sent again has the id that it had: a receiver that knows Idempotency-Key takes it once.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        state: { type: 'string' },
        size: { type: 'string', short: 'n' },
        all: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const [name = 'list', ...ids] = positionals;
    if (!Object.hasOwn(ACTIONS, name)) {
      throw new LongshoreError('LS_CLI_NOTIFICATIONS', `there is no 'notifications ${name.slice(0, 50)}'.`, {
        fix: didYouMean(name, Object.keys(ACTIONS), "'") ?? `Write one of ${Object.keys(ACTIONS).join(', ')}.`,
      });
    }
    return ACTIONS[name]!({ client: clientFor(values, io.env), values, ids, io });
  },
};

async function list({ client, values, io }: Call): Promise<number> {
  const all = await asked(client, values.state, wholeNumber('--size', values.size, 20));
  const paint = painter(io);
  if (all.length === 0 && values.json !== true) io.stdout.write('No notifications.\n');
  for (const one of all) await print(io.stdout, values.json === true ? `${jsonLine(one)}\n` : shown(one, paint));
  return 0;
}

async function retry({ client, values, ids, io }: Call): Promise<number> {
  let wanted = ids;
  if (values.all === true) {
    const given = await Promise.all(['dead', 'dropped'].map(state => asked(client, state, 1000)));
    // Of what is routed, nothing is left to tell of those that were dropped.
    wanted = given.flat().flatMap(({ id, routed, state }) => (routed === true && state === 'dropped' ? [] : [id]));
  } else if (ids.length === 0) {
    throw new LongshoreError('LS_CLI_NOTIFICATIONS', 'retry needs an ID, or --all.', {
      fix: "'longshore notifications list --state dead' lists them.",
    });
  }
  for (const id of wanted) await client.post(`/api/notifications/${encodeURIComponent(id)}/retry`, {});
  if (values.json === true) io.stdout.write(`${jsonLine({ retried: wanted.length })}\n`);
  else
    io.stdout.write(`${wanted.length} ${wanted.length === 1 ? 'notification is' : 'notifications are'} sent again.\n`);
  return 0;
}

async function asked(client: Client, state: string | undefined, limit: number): Promise<NotificationView[]> {
  const response = await client.get('/api/notifications', { state, limit: String(limit) });
  return ((await response.json()) as { notifications: NotificationView[] }).notifications;
}

function shown({ id, state, at, rule, alerter, attempts, tries }: NotificationView, paint: Paint): string {
  const tried = attempts > 1 ? `  ${attempts} tries` : '';
  const line = (text: string): string => printable(text).replaceAll('\n', ' ');
  const head = `${paint(COLOURS[state] ?? GREY, state.padEnd(8))}  ${paint(GREY, at)}  ${line(rule)}  ${alerter}  ${line(id)}${tried}\n`;
  return head + tries.map(one => `    ${paint(GREY, one.at)}  ${line(one.error)}\n`).join('');
}
