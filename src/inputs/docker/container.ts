import { type Fields, isFields } from '../../core/event.ts';

/** What the engine says of a container, as far as it matters here. */
export interface Container {
  /** 64 hex digits. */
  readonly id: string;
  /** Without the slash. */
  readonly name: string;
  /** As the container names it: `nginx:1.27`. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isRunning: boolean;
}

/** What only a look at the container itself says. */
export interface Inspected extends Container {
  /** Its streams are one, without frames. */
  readonly isTty: boolean;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  /** Its log is cut into files of which the oldest goes. */
  readonly mayRotate: boolean;
  /** These files are compressed. */
  readonly compresses: boolean;
  /** When it was started last, as the engine writes it. */
  readonly startedAt: string;
  /** When it ended last. */
  readonly finishedAt: string;
}

const ID = /^[0-9a-f]{12,64}$/;

/** The answer of `GET /containers/json`; what is no container is left out. */
export function containersOf(answer: unknown): Container[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap(each => {
    if (!isFields(each)) return [];
    const { Id, Names, Image, Labels, State } = each;
    if (typeof Id !== 'string' || !ID.test(Id)) return [];
    // Links give a container more names, with a slash within.
    const names = Array.isArray(Names) ? Names.filter(name => typeof name === 'string') : [];
    const name = names.find(one => one.lastIndexOf('/') <= 0) ?? names[0] ?? Id.slice(0, 12);
    const isRunning = State === 'running' || State === 'paused' || State === 'restarting';
    return [{ id: Id, name: bareName(name), image: text(Image), labels: textsOf(Labels), isRunning }];
  });
}

/** The answer of `GET /containers/<id>/json`; undefined: it is none. */
export function inspectedOf(answer: unknown): Inspected | undefined {
  if (!isFields(answer)) return undefined;
  const { Id, Name } = answer;
  if (typeof Id !== 'string' || !ID.test(Id)) return undefined;
  const config = within(answer['Config']);
  const state = within(answer['State']);
  const logging = within(within(answer['HostConfig'])['LogConfig']);
  const driver = text(logging['Type']);
  const driverOptions = textsOf(logging['Config']);
  return {
    id: Id,
    name: typeof Name === 'string' && Name !== '' ? bareName(Name) : Id.slice(0, 12),
    image: text(config['Image']),
    labels: textsOf(config['Labels']),
    isRunning: state['Running'] === true || state['Paused'] === true || state['Restarting'] === true,
    isTty: config['Tty'] === true,
    driver,
    driverOptions,
    // Whatever is not `json-file` is kept as `local` keeps it.
    mayRotate: (driver !== 'json-file' && driver !== 'journald') || driverOptions['max-size'] !== undefined,
    compresses: compresses(driver, driverOptions),
    startedAt: text(state['StartedAt']),
    finishedAt: text(state['FinishedAt']),
  };
}

/** The files of `local`, and of the engine's cache for drivers that keep nothing, are compressed unless somebody said no. */
function compresses(driver: string, options: Readonly<Record<string, string>>): boolean {
  if (driver === 'json-file') return options['compress'] === 'true';
  if (driver === 'journald') return false;
  return options[driver === 'local' ? 'compress' : 'cache-compress'] !== 'false';
}

/** Labels that become fields of its lines: who it belongs to, for Compose, Swarm and Kubernetes. */
export function fieldLabels(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).filter(([name]) => FIELD_LABELS.has(name));
}

const FIELD_LABELS = new Set([
  'com.docker.compose.project',
  'com.docker.compose.service',
  'com.docker.compose.container-number',
  'com.docker.stack.namespace',
  'com.docker.swarm.service.name',
  'com.docker.swarm.task.name',
  'com.docker.swarm.node.id',
  'app.kubernetes.io/name',
]);

const NOTHING: Fields = {};
const within = (value: unknown): Fields => (isFields(value) ? value : NOTHING);
const text = (value: unknown): string => (typeof value === 'string' ? value.toWellFormed() : '');
const bareName = (name: string): string => text(name).replace(/^\//, '');

function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  if (isFields(value)) for (const key of Object.keys(value)) texts[key] = text(value[key]);
  return texts;
}
