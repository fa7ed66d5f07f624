import { Ajv, type ErrorObject } from 'ajv';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { parseBytes } from '../core/bytes.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { explainYaml } from '../core/yaml-mistakes.ts';
import { describe, pathOf, withoutOtherForms } from './describe.ts';
import { expandText } from './expand.ts';
import { chooseVariants } from './variants.ts';

export type JsonSchema = { readonly [key: string]: unknown };

export interface LoadRequest {
  /** The file's name as the user wrote it, for messages; undefined when there is no file. */
  file?: string | undefined;
  text: string;
  /** `path=value` pairs of `--set`; they win over the file. The value is YAML. */
  sets?: readonly string[];
  env: NodeJS.ProcessEnv;
  schema: JsonSchema;
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

/**
 * Text -> settings. Throws ConfigMistakes: LongshoreErrors (LS_CONFIG_*), each with `file:line`; nothing is half loaded.
 */
export function loadConfig<T>(request: LoadRequest): Loaded<T> {
  const lines = new LineCounter();
  const document = parseDocument(request.text, { lineCounter: lines, prettyErrors: false });
  const file = request.file ?? 'configuration';
  // The first one only: the others mostly follow from it.
  const errors: LongshoreError[] = document.errors.slice(0, 1).map(
    error =>
      new LongshoreError('LS_CONFIG_YAML', explainYaml(error.code, error.message).what, {
        where: `${file}:${lines.linePos(error.pos[0]).line}`,
        fix: explainYaml(error.code, error.message).fix,
      }),
  );
  if (errors.length > 0) throw new AggregateError(errors, 'the configuration cannot be read');

  const written = document.clone();
  const overridden = new Map<string, string>();
  for (const set of request.sets ?? []) applySet(document, set, overridden, errors);
  const whereOf = (path: readonly string[]): string => {
    const dotted = path.join('.');
    for (const [key, text] of overridden) {
      if (dotted === key || dotted.startsWith(`${key}.`)) return text;
      // A mapping that is there only because of what was set inside of it.
      if (key.startsWith(`${dotted}.`) && !written.hasIn(path)) return text;
    }
    const offset = offsetOf(document.contents as Node | null, path);
    return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  };

  const unset = new Map<string, string>();
  const expanded = expandTree(plain(document, file, errors), [], request, whereOf, unset, errors);
  const schema = chooseVariants(request.schema, expanded, [], whereOf, errors);
  convertBytes(expanded, schema, [], whereOf, errors);
  const given = structuredClone(expanded);
  const ajv = new Ajv({ useDefaults: true, allErrors: true, verbose: true, strict: false, formats: { bytes: true } });
  const validate = ajv.compile(schema);
  const loaded = (): Loaded<T> => {
    request.derive?.(expanded as never, path => valueAt(given, path) !== undefined);
    return {
      settings: deepFreeze(expanded) as T,
      unsetVariables: [...unset.keys()],
      unsetAt: unset,
      where: path => whereOf(path.replace(/\[(\d+)\]/g, '.$1').split('.')),
    };
  };
  if (!validate(expanded)) {
    for (const error of withoutOtherForms(validate.errors ?? [])) {
      const mistake = describe(error, whereOf, schema);
      if (mistake !== undefined) errors.push(mistake);
    }
    let fits = validate;
    for (let round = 0; round < MAX_ROUNDS && !fits(expanded); round++) {
      for (const error of fits.errors ?? []) remove(expanded, error);
      // With a mapping its `type` goes, too: another form of it counts.
      fits = ajv.compile(chooseVariants(request.schema, expanded, [], whereOf, []));
    }
    if (errors.length > 0) throw new ConfigMistakes(errors, fits(expanded) ? loaded() : undefined);
  }
  if (errors.length === 0) return loaded();
  throw new ConfigMistakes(errors, loaded());
}

const MAX_ROUNDS = 5;

/** Every mistake of a configuration. */
export class ConfigMistakes extends AggregateError {
  /** What it says without the wrong settings, so that other mistakes can be told in the same round; never to run with. */
  readonly rest: Loaded<unknown> | undefined;

  constructor(errors: readonly LongshoreError[], rest: Loaded<unknown> | undefined) {
    super(errors, 'the configuration has mistakes');
    this.rest = rest;
  }
}

/** Takes out what the error is about, so that its default counts. */
function remove(tree: unknown, error: ErrorObject): void {
  const path = pathOf(error);
  if (error.keyword === 'additionalProperties')
    path.push((error.params as { additionalProperty: string }).additionalProperty);
  const key = path.pop();
  const parent = path.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], tree);
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete (parent as Record<string, unknown>)[key];
}

function plain(document: ReturnType<typeof parseDocument>, file: string, errors: LongshoreError[]): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    // Aliases that name no anchor, or that multiply without end.
    errors.push(new LongshoreError('LS_CONFIG_YAML', `${messageOf(cause)}.`, { where: file, cause }));
    return {};
  }
}

function valueAt(tree: unknown, path: string): unknown {
  let at = tree;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function applySet(
  document: ReturnType<typeof parseDocument>,
  set: string,
  overridden: Map<string, string>,
  errors: LongshoreError[],
): void {
  const equals = set.indexOf('=');
  if (equals <= 0) {
    errors.push(
      new LongshoreError('LS_CONFIG_SET', `'--set ${set}' has no '='.`, { fix: 'Write --set path.to.setting=value.' }),
    );
    return;
  }
  const path = set.slice(0, equals);
  const value = parseDocument(set.slice(equals + 1), { prettyErrors: false });
  try {
    if (value.errors.length > 0) throw value.errors[0];
    document.setIn(path.split('.'), document.createNode(value.toJS()));
  } catch (cause) {
    errors.push(
      new LongshoreError('LS_CONFIG_SET', `'${set}' cannot be set: ${messageOf(cause)}.`, {
        where: `--set ${path}`,
        fix: 'The value is YAML, and what the path leads through must be a mapping.',
        cause,
      }),
    );
    return;
  }
  overridden.set(path, `--set ${path}`);
}

function expandTree(
  value: unknown,
  path: string[],
  request: LoadRequest,
  whereOf: (path: readonly string[]) => string,
  unset: Map<string, string>,
  errors: LongshoreError[],
): unknown {
  if (typeof value === 'string') {
    try {
      return expandText(value, request.env, whereOf(path), unset);
    } catch (error) {
      errors.push(error as LongshoreError);
      return undefined;
    }
  }
  if (Array.isArray(value)) {
    return value
      .map((item, i) => expandTree(item, [...path, String(i)], request, whereOf, unset, errors))
      .filter(item => item !== undefined);
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const expanded = expandTree(item, [...path, key], request, whereOf, unset, errors);
    if (expanded !== undefined)
      Object.defineProperty(result, key, { value: expanded, enumerable: true, writable: true, configurable: true });
  }
  return result;
}

/** Turns `10GB` into a number wherever the schema says `format: bytes`. */
function convertBytes(
  value: unknown,
  schema: JsonSchema,
  path: string[],
  whereOf: (path: readonly string[]) => string,
  errors: LongshoreError[],
): void {
  if (typeof value !== 'object' || value === null) return;
  const items = schema['items'] as JsonSchema | undefined;
  if (Array.isArray(value) && items !== undefined) {
    for (const [i, item] of value.entries()) convertBytes(item, items, [...path, String(i)], whereOf, errors);
    return;
  }
  for (const variant of [
    schema,
    ...((schema['oneOf'] as JsonSchema[]) ?? []),
    ...((schema['anyOf'] as JsonSchema[]) ?? []),
  ]) {
    const properties = (variant['properties'] ?? {}) as Record<string, JsonSchema>;
    for (const [key, property] of Object.entries(properties)) {
      const record = value as Record<string, unknown>;
      if (!Object.hasOwn(record, key)) continue;
      if (property['format'] !== 'bytes') {
        convertBytes(record[key], property, [...path, key], whereOf, errors);
        continue;
      }
      const bytes = parseBytes(record[key]);
      if (bytes !== undefined) record[key] = bytes;
      else {
        errors.push(
          new LongshoreError(
            'LS_CONFIG_BYTES',
            `'${[...path, key].join('.')}' is no size: ${JSON.stringify(record[key])}.`,
            {
              where: whereOf([...path, key]),
              fix: 'Write a number of bytes or a size such as 512MB or 10GiB.',
            },
          ),
        );
        record[key] = undefined;
      }
    }
  }
}

/** Offset of the key at a path, else of the nearest node above it. */
function offsetOf(root: Node | null, path: readonly string[]): number | undefined {
  let node: Node | null = root;
  let offset = root?.range?.[0];
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = (node.items[Number(key)] as Node | undefined) ?? null;
      offset = node?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
