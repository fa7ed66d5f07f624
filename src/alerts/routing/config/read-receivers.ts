import type { Located } from '../../../base/yaml/located.ts';
import { checkIntegration } from './check-integration.ts';
import { GLOBAL_DEFAULTS, INTEGRATIONS, type IntegrationKind, type IntegrationName } from './integrations.ts';
import { readHttpConfig, readTlsConfig } from './read-http-config.ts';
import { readOptions } from './read-options.ts';
import type { Reading } from './reading.ts';

/** One entry of a list such as `slack_configs`. */
export interface IntegrationConfig {
  readonly kind: IntegrationName;
  /** Position in its list. */
  readonly index: number;
  readonly sendResolved: boolean;
  /** As written, or as the global settings have it: texts, booleans, numbers, milliseconds, texts by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `file:line` */
  readonly where: string;
  /** Where files that options name are looked for: beside the file itself. */
  readonly folder: string;
}

export interface Receiver {
  readonly name: string;
  readonly integrations: readonly IntegrationConfig[];
}

const LISTS = INTEGRATIONS.map(({ list }) => list);

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
    if (written.has(option) || written.has(twin) || kind.instead?.[option]?.some(other => written.has(other))) continue;
    const value = globals.get(global) ?? GLOBAL_DEFAULTS[global];
    if (value !== undefined) options[option] = value;
  }
  if (kind.options['http_config'] !== undefined) options['http_config'] ||= globals.get('http_config');
  readHttpConfig(written.get('http_config'), reading);
  readTlsConfig(written.get('tls_config'), 'tls_config', reading);
  for (const needed of kind.needs ?? []) {
    if (needed.some(name => options[name] !== undefined && options[name] !== '')) continue;
    const globalName = kind.globals?.[needed[0]!];
    const more = globalName === undefined ? '' : `, or global.${globalName}`;
    reading.mistake(at.where, `an entry of ${kind.list} has no ${needed[0]}.`, `Add ${needed.join(' or ')}${more}.`);
  }
  checkIntegration(kind, options, written, reading);
  const sendResolved = reading.boolean(written.get('send_resolved'), 'send_resolved') ?? kind.sendResolved;
  return { kind: kind.name, index, sendResolved, options, where: at.where, folder: reading.folder };
}
