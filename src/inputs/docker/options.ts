import { clientTlsSchema } from '../../base/net/options.ts';
import { bytes, count, LONGEST_MS, type OptionsOf, text } from '../../base/options.ts';

const selectors = (description: string) =>
  ({
    type: 'array',
    maxItems: 100,
    default: [],
    description,
    items: {
      type: 'object',
      additionalProperties: false,
      properties: {
        name: text('Glob of the name: `web-*`.'),
        image: text('Glob of the image as the container names it: `nginx*`, `registry.example.org/shop/*`.'),
        label: text('A label, or a label and a glob of its value: `team=shop*`.'),
      },
    },
  }) as const;

export const dockerInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'The Docker engine, over its socket, read-only: logs of its containers whatever their log driver (as far as the engine keeps them), its events, and what containers use. Off until it is written: `docker: {}`.',
  properties: {
    socket: text(
      'Where the engine is: `unix:///var/run/docker.sock`, or `tcp://host:2376`. Left out: what `DOCKER_HOST` says, else `unix:///var/run/docker.sock`.',
    ),
    tls: clientTlsSchema('TLS of a `tcp://` socket.'),
    include: selectors(
      'Containers that are read: those that one of the entries fits with all that it names. Empty: all of them.',
    ),
    exclude: selectors(
      'Containers that are left out. The label `longshore.enable=false` does the same, and Longshore leaves out its own container.',
    ),
    logs: { type: 'boolean', default: true, description: 'Whether logs are read.' },
    start_at: {
      enum: ['beginning', 'end'],
      default: 'beginning',
      description:
        'Where reading begins in the containers that are there at the first start. Those that come later are read from their beginning.',
    },
    tag: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      default: 'docker.*',
      description: 'Tag of the lines. A `*` in it stands for the name of the container.',
    },
    max_line_bytes: bytes(
      16_384,
      16_000_000,
      1_000_000,
      'Longest piece of a line that is taken from the engine. What is longer is cut there, with the number of bytes left out in `truncated_bytes`.',
    ),
    fields: {
      type: 'object',
      default: {},
      additionalProperties: {},
      description: 'Fields that each event gets: `fields: { environment: production }`.',
    },
    hostname: text('`hostname` of the events. Left out: the name that the engine has, else that of this machine.'),
    events: {
      type: 'boolean',
      default: true,
      description:
        'Whether what happens to containers becomes an event: start, stop, kill, die with its exit code, oom, restart, health_status, pause, destroy. Tag `engine.events`.',
    },
    statistics_interval_ms: count(
      0,
      LONGEST_MS,
      30_000,
      'How often CPU, memory, network and block I/O of each container become an event, at least 1000. Tag `engine.statistics`. 0: never.',
    ),
  },
} as const;

/** Settings of the Docker engine (`inputs.docker`). */
export type DockerInputOptions = OptionsOf<typeof dockerInputSchema>;

/** What an entry of `include` or `exclude` names. */
export interface Selector {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly label?: string | undefined;
}
