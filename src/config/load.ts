import { Located } from '../base/yaml/located.ts';
import { readYaml, type YamlDialect } from '../base/yaml/read.ts';
import { LongshoreError } from '../core/errors.ts';
import { expandText } from './expand.ts';
import { readSettings, type SettingsSchema } from './read-settings.ts';

export interface LoadRequest {
  /** The file's name as the user wrote it, for messages; undefined when there is no file. */
  file?: string | undefined;
  text: string;
  /** `path=value` pairs of `--set`; they win over the file. The value is YAML. */
  sets?: readonly string[];
  env: NodeJS.ProcessEnv;
  schema: SettingsSchema;
  /** Defaults that depend on other settings: called once on what is valid, before it is frozen. `isWritten`: by the user. */
  derive?: (settings: never, isWritten: (path: string) => boolean) => void;
}

export interface Loaded<T> {
  /** Validated, with defaults, deeply frozen. */
  settings: T;
  /** Variables named by the configuration that are not set. */
  unsetVariables: string[];
  /** The same with the place that names each: `file:line`. */
  unsetAt: ReadonlyMap<string, string>;
  /** `file:line` of a setting (`http.address`), else of the nearest one above it; `--set ...` when it came from there. */
  where(path: string): string;
}

const SETTINGS_YAML: YamlDialect = { code: 'LS_CONFIG_YAML' };

/**
 * Text -> settings. Throws ConfigMistakes: LongshoreErrors (LS_CONFIG_*), each with `file:line`; nothing is half loaded.
 */
export function loadConfig<T>(request: LoadRequest): Loaded<T> {
  const errors: LongshoreError[] = [];
  const { file, text, sets = [], env, schema, derive } = request;
  const read = file === undefined ? new Located(null, 'configuration') : readYaml(file, text, SETTINGS_YAML, errors);
  if (read === undefined) throw new AggregateError(errors, 'the configuration cannot be read');
  const written = sets.reduce((root, set) => withSet(root, set, errors), read);
  const unset = new Map<string, string>();
  const expanded = written.map((value, where) => {
    if (typeof value !== 'string') return value ?? undefined;
    try {
      return expandText(value, env, where, unset);
    } catch (error) {
      errors.push(error as LongshoreError);
      return undefined;
    }
  });
  const settings = readSettings(expanded, schema, errors);
  derive?.(settings as never, path => expanded.at(path.split('.'))?.value !== undefined);
  const loaded: Loaded<T> = {
    settings: deepFreeze(settings) as T,
    unsetVariables: [...unset.keys()],
    unsetAt: unset,
    where: path => written.placeOf(path.replace(/\[(\d+)\]/g, '.$1').split('.')),
  };
  if (errors.length > 0) throw new ConfigMistakes(errors, loaded);
  return loaded;
}

/** Every mistake of a configuration. */
export class ConfigMistakes extends AggregateError {
  /** What it says without the wrong settings, so that other mistakes can be told in the same round; never to run with. */
  readonly rest: Loaded<unknown>;

  constructor(errors: readonly LongshoreError[], rest: Loaded<unknown>) {
    super(errors, 'the configuration has mistakes');
    this.rest = rest;
  }
}

function withSet(root: Located, set: string, errors: LongshoreError[]): Located {
  const equals = set.indexOf('=');
  if (equals <= 0) {
    errors.push(
      new LongshoreError('LS_CONFIG_SET', `'--set ${set}' has no '='.`, { fix: 'Write --set path.to.setting=value.' }),
    );
    return root;
  }
  const path = set.slice(0, equals);
  const where = `--set ${path}`;
  const mistakes: LongshoreError[] = [];
  const value = readYaml(where, set.slice(equals + 1), { code: 'LS_CONFIG_SET', isOneLine: true }, mistakes);
  const changed = value === undefined ? undefined : root.with(path.split('.'), value);
  if (changed !== undefined) return changed;
  const why = mistakes[0]?.what ?? 'what the path leads through is no mapping.';
  errors.push(
    new LongshoreError('LS_CONFIG_SET', `'${set}' cannot be set: ${why}`, {
      where,
      fix: 'The value is YAML, and what the path leads through must be a mapping.',
    }),
  );
  return root;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
