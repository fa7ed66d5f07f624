import type { Located } from '../../../base/yaml/located.ts';
import { checkIntegration } from './check-integration.ts';
import { GLOBAL_DEFAULTS, HTTP_OPTIONS, INTEGRATIONS, type IntegrationKind, type OptionType } from './integrations.ts';
import { isNothing, type Reading } from './reading.ts';

/** One entry of a list such as `slack_configs`. */
export interface IntegrationConfig {
  /** `slack` */
  readonly kind: string;
  /** Position in its list. */
  readonly index: number;
  readonly sendResolved: boolean;
  readonly isBuilt: boolean;
  /** As written, or as the global settings have it: texts, booleans, numbers, milliseconds, texts by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `file:line` */
  readonly where: string;
}

export interface Receiver {
  readonly name: string;
  readonly integrations: readonly IntegrationConfig[];
}

const LISTS = INTEGRATIONS.map(({ list }) => list);
/** What `http_config` can have without effect here. */
const WITHOUT_EFFECT = ['oauth2', 'tls_config', 'proxy_url', 'proxy_connect_header', 'proxy_from_environment'];
const AUTHORIZATIONS = [['basic_auth'], ['authorization'], ['oauth2'], ['bearer_token', 'bearer_token_file']];

export function readReceivers(
  at: Located | undefined,
  globals: ReadonlyMap<string, unknown>,
  reading: Reading,
): Receiver[] {
  const names = new Set<string>();
  return reading.list(at, 'receivers').map(item => {
    const lists = reading.mapping(item, 'a receiver', ['name', ...LISTS]);
    const name = reading.text(lists.get('name'), 'the name of a receiver');
    if (name === '') reading.mistake(item.where, 'a receiver has no name.', 'Add `name`.');
    else if (names.has(name)) reading.mistake(item.where, `there are two receivers '${name}'.`, 'Rename one of them.');
    names.add(name);
    const integrations = INTEGRATIONS.flatMap(kind =>
      reading
        .list(lists.get(kind.list), kind.list)
        .map((config, index) => readIntegration(config, kind, index, globals, reading)),
    );
    return { name, integrations };
  });
}

function readIntegration(
  at: Located,
  kind: IntegrationKind,
  index: number,
  globals: ReadonlyMap<string, unknown>,
  reading: Reading,
): IntegrationConfig {
  const written = reading.mapping(at, `an entry of ${kind.list}`, ['send_resolved', ...Object.keys(kind.options)]);
  const options = readOptions(written, kind.options, reading);
  for (const [option, global] of Object.entries(kind.globals ?? {})) {
    // A written key keeps the global file of one away, and the other way round.
    const twin = option.endsWith('_file') ? option.slice(0, -5) : `${option}_file`;
    if (written.has(option) || written.has(twin)) continue;
    const value = globals.get(global) ?? GLOBAL_DEFAULTS[global];
    if (value !== undefined) options[option] = value;
  }
  if (kind.options['http_config'] !== undefined) options['http_config'] ??= globals.get('http_config');
  readHttpConfig(written.get('http_config'), reading);
  for (const needed of kind.needs ?? []) {
    if (needed.some(name => options[name] !== undefined && options[name] !== '')) continue;
    const globalName = kind.globals?.[needed[0]!];
    const more = globalName === undefined ? '' : `, or global.${globalName}`;
    reading.mistake(at.where, `an entry of ${kind.list} has no ${needed[0]}.`, `Add ${needed.join(' or ')}${more}.`);
  }
  checkIntegration(kind, options, written, reading);
  if (!kind.isBuilt) reading.warn(at.where, `${kind.list} are read, but nothing is sent through them by this version.`);
  const sendResolved = reading.boolean(written.get('send_resolved'), 'send_resolved') ?? kind.sendResolved;
  return { kind: kind.name, index, sendResolved, isBuilt: kind.isBuilt, options, where: at.where };
}

export function readOptions(
  written: ReadonlyMap<string, Located>,
  types: Readonly<Record<string, OptionType>>,
  reading: Reading,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of written) {
    const type = types[name];
    if (type === undefined) continue;
    const read = readOption(value, name, type, reading);
    if (read !== undefined) options[name] = read;
  }
  return options;
}

function readOption(at: Located, name: string, type: OptionType, reading: Reading): unknown {
  switch (type) {
    case 'text':
    case 'secret':
      return reading.text(at, name);
    case 'boolean':
      return reading.boolean(at, name);
    case 'number':
      return reading.number(at, name);
    case 'duration':
      return reading.duration(at, name);
    case 'texts':
      return reading.texts(at, name);
    case 'map':
      return Object.fromEntries(reading.textMap(at, name));
    case 'any':
      return isNothing(at) ? undefined : at.value;
  }
}

export function readHttpConfig(at: Located | undefined, reading: Reading): void {
  if (isNothing(at)) return;
  const options = reading.mapping(at, 'http_config', Object.keys(HTTP_OPTIONS));
  readOptions(options, HTTP_OPTIONS, reading);
  const ways = AUTHORIZATIONS.filter(names => names.some(name => options.has(name))).flat();
  if (ways.filter(name => options.has(name)).length > 1)
    reading.mistake(
      at.where,
      `http_config has more than one of ${AUTHORIZATIONS.flat().join(', ')}.`,
      'Keep one of them.',
    );
  for (const name of WITHOUT_EFFECT)
    if (options.has(name)) reading.warn(options.get(name)!.keyWhere, `http_config: ${name} has no effect here.`);
}
