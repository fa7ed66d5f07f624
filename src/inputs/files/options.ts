import { ANY, bytes, count, LONGEST_MS, type OptionsOf, text } from '../../base/options.ts';
import { ENCODINGS } from './encoding.ts';
import { FORMATS } from './records.ts';

const globs = { type: 'array', items: { type: 'string', minLength: 1 } } as const;

export const filesInputSchema = {
  type: 'array',
  maxItems: 100,
  default: [],
  description:
    "Files that are followed: applications' own, Docker's `json-file` logs, `/var/log/containers` of a Kubernetes node. A file that several entries match belongs to the first.",
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['paths'],
    properties: {
      paths: {
        ...globs,
        minItems: 1,
        description:
          'Globs: `/var/log/app/*.log`, `/srv/**/*.log`. Names that end in `.gz`, `.bz2`, `.xz`, `.zst` and the like are left alone.',
      },
      exclude: {
        ...globs,
        default: [],
        description: 'Globs of files that are not read: of paths, or of names where there is no slash (`*.debug.log`).',
      },
      tag: {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        default: 'files',
        description: 'Tag of the events. A `*` in it stands for the path, with dots for slashes.',
      },
      format: {
        enum: FORMATS,
        default: 'auto',
        description:
          "How a line is read. `docker`: Docker's `json-file`; `cri`: containerd's and CRI-O's; `text`: the line is the message. `auto` sees which of them each line is.",
      },
      encoding: {
        enum: ENCODINGS,
        default: 'utf-8',
        description: 'Encoding of the files. A byte order mark at the beginning of a file wins.',
      },
      start_at: {
        enum: ['beginning', 'end'],
        default: 'beginning',
        description:
          'Where reading begins in the files that are there when the entry is new. Files that appear later are read from their beginning.',
      },
      ignore_older_ms: count(
        0,
        ANY,
        0,
        'Files that nobody has written to for so long when they are found are not read, until they grow. 0: all are read.',
      ),
      partial_line_timeout_ms: count(
        100,
        LONGEST_MS,
        5000,
        'How long the last line of a file may be without its end before it is taken as it is.',
      ),
      rotate_wait_ms: count(
        0,
        LONGEST_MS,
        30_000,
        'How long a file that was renamed or deleted is still read after its last line: programs write to it until they open the new one.',
      ),
      max_line_bytes: bytes(
        1024,
        16_000_000,
        1_000_000,
        'Longest line. What is longer is cut there, with the number of bytes left out in `truncated_bytes`.',
      ),
      fields: {
        type: 'object',
        default: {},
        additionalProperties: {},
        description: 'Fields that each event gets: `fields: { service: shop, environment: production }`.',
      },
      hostname: text('`hostname` of the events. Left out: the name of this machine.'),
    },
  },
} as const;

/** One entry of `inputs.files`. */
export type FilesInputOptions = OptionsOf<(typeof filesInputSchema)['items']>;
