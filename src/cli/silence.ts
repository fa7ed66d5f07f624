import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { DAY_MS } from '../base/time/duration.ts';
import type { SilenceView } from '../core/api/silences.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, type ClientValues, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { jsonLine, type Paint, painter, printable } from './format.ts';

interface Values extends ClientValues {
  rule?: string;
  key?: string;
  for?: string;
  until?: string;
  start?: string;
  author?: string;
  comment?: string;
  all?: boolean;
  json?: boolean;
}

interface Call {
  readonly client: Client;
  readonly values: Values;
  readonly rest: readonly string[];
  readonly io: NodeJS.Process;
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = { add, list, expire };

export const silenceCommand: Command = {
  name: 'silence',
  usage: `longshore silence add --rule NAME --for 4h            a whole rule, as ElastAlert's --silence does
longshore silence add --rule NAME --key api --for 1h  one value of its query key
longshore silence add 'service="api"' 'level=~"E.*"' --for 30m
                                                      what has these labels; all matchers must hold
longshore silence [list]                              what holds, and what is still to come
longshore silence expire ID ...                       ends at once

      --for DURATION     30m, 2h, 1d
      --until TIME       instead: 2026-11-20T18:00:00Z
      --start TIME       default: now
      --author NAME      default: the user of this command
      --comment TEXT     why
      --all              of list: those that have ended, too
      --json             silences as they are, one line of JSON each
${CLIENT_USAGE}

Matchers are those of Alertmanager: = != =~ !~. An alert that is silenced stays in GET /api/alerts; when the silence ends
and the alert still lasts, it is told.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        rule: { type: 'string' },
        key: { type: 'string' },
        for: { type: 'string' },
        until: { type: 'string' },
        start: { type: 'string' },
        author: { type: 'string' },
        comment: { type: 'string' },
        all: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const [name = 'list', ...rest] = positionals;
    if (!Object.hasOwn(ACTIONS, name))
      throw mistake(`there is no 'silence ${printable(name)}'`, `Use ${Object.keys(ACTIONS).join(', ')}.`);
    return ACTIONS[name]!({ client: clientFor(values, io.env), values, rest, io });
  },
};

async function add({ client, values, rest, io }: Call): Promise<number> {
  if (values.rule === undefined && rest.length === 0)
    throw mistake('nothing says what to silence', 'Give --rule NAME, or matchers like \'service="api"\'.');
  if (values.for === undefined && values.until === undefined)
    throw mistake('nothing says how long', 'Give --for 2h, or --until TIME.');
  const response = await client.post('/api/silences', {
    rule: values.rule,
    key: values.key,
    matchers: rest,
    duration: values.for,
    ends_at: values.until,
    starts_at: values.start,
    created_by: values.author ?? userName(io.env),
    comment: values.comment,
  });
  const silence = (await response.json()) as SilenceView;
  io.stdout.write(values.json === true ? `${jsonLine(silence)}\n` : lineOf(silence, painter(io)));
  return 0;
}

async function list({ client, values, io }: Call): Promise<number> {
  const response = await client.get('/api/silences', {});
  const { silences } = (await response.json()) as { silences: SilenceView[] };
  const shown = silences.filter(({ state }) => values.all === true || state !== 'expired');
  for (const silence of shown)
    io.stdout.write(values.json === true ? `${jsonLine(silence)}\n` : lineOf(silence, painter(io)));
  if (shown.length === 0) io.stderr.write('no silence holds\n');
  return 0;
}

async function expire({ client, values, rest, io }: Call): Promise<number> {
  if (rest.length === 0) throw mistake('expire needs an ID', "'longshore silence' lists them.");
  for (const id of rest) {
    const silence = (await (await client.remove(`/api/silences/${encodeURIComponent(id)}`)).json()) as SilenceView;
    io.stdout.write(values.json === true ? `${jsonLine(silence)}\n` : lineOf(silence, painter(io)));
  }
  return 0;
}

const COLOURS = { active: 33, pending: 36, expired: 90 } as const;

function lineOf({ id, state, text, starts_at, ends_at, created_by, comment }: SilenceView, paint: Paint): string {
  const when =
    state === 'pending' ? `from ${shortTime(starts_at)} to ${shortTime(ends_at)}` : `until ${shortTime(ends_at)}`;
  const why = [created_by, comment].filter(part => part !== '').map(printable);
  return `${id}  ${paint(COLOURS[state], state)}  ${when}  ${printable(text)}${why.length > 0 ? `  ${why.join(': ')}` : ''}\n`;
}

/** Without the day when it is near, and without parts of a second. */
function shortTime(iso: string): string {
  const isNear = Math.abs(Date.parse(iso) - Date.now()) < DAY_MS / 2;
  return isNear ? `${iso.slice(11, 19)}Z` : iso.replace(/\.\d+Z$/, 'Z');
}

function mistake(what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_CLI_SILENCE', `${what}.`, { fix });
}

/** Of whoever runs the command; services and containers often have no USER, and a user id may have no name. */
function userName(env: NodeJS.ProcessEnv): string | undefined {
  const named = env['USER'] || env['USERNAME'];
  if (named) return named;
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
