import { bytes, type OptionsOf, text } from '../../base/options.ts';

const names = (description: string) =>
  ({ type: 'array', items: { type: 'string', minLength: 1 }, maxItems: 1000, default: [], description }) as const;

export const journaldInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'The journal of systemd, read through `journalctl`: services, the kernel, containers of Docker and Podman whose log driver is `journald`. Off until it is written.',
  properties: {
    units: names('Units whose entries are read: `ssh`, `nginx.service`, `shop-*`. Empty: all.'),
    identifiers: names('Programs, by their `SYSLOG_IDENTIFIER`. Empty: all.'),
    priority: {
      enum: ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'],
      default: 'debug',
      description:
        "The least important entries that are read. Docker's driver gives stdout the priority `info` and stderr `err`.",
    },
    start_at: {
      enum: ['beginning', 'end'],
      default: 'end',
      description: 'Where reading begins when the input is new. Later it goes on where it was.',
    },
    directory: text("Folder of a journal other than this machine's, such as one that is mounted into a container."),
    command: { type: 'string', minLength: 1, default: 'journalctl', description: 'The program, or its path.' },
    tag: { type: 'string', minLength: 1, maxLength: 255, default: 'journald', description: 'Tag of the events.' },
    max_entry_bytes: bytes(
      65_536,
      256_000_000,
      16_000_000,
      'Longest entry, as `journalctl` writes it. A longer one is left out and counted.',
    ),
    fields: {
      type: 'object',
      default: {},
      additionalProperties: {},
      description: 'Fields that each event gets: `fields: { environment: production }`.',
    },
  },
} as const;

/** Settings of the journal's input (`inputs.journald`). */
export type JournaldInputOptions = OptionsOf<typeof journaldInputSchema>;
