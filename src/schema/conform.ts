import { type Given, withDefaults } from '../base/options.ts';
import { LEAST_CHARS } from '../base/secrets/may-hold.ts';
import { dayOf, isoTime } from '../base/time/iso.ts';
import { withoutColors } from '../core/colors.ts';
import { Double } from '../core/double.ts';
import { type EventMeta, type Fields, isFields, LEVELS, type Level, type LogEvent } from '../core/event.ts';
import { DECLARED_FIELDS } from '../core/schema/fields.ts';
import { isLossy, levelOf } from '../core/schema/levels.ts';
import { EventTime } from './event-time.ts';
import { jsonOf, quote } from './json.ts';
import { levelOfText } from './level-text.ts';
import { fitEvent } from './limits.ts';
import { mapFields, milliseconds } from './map-fields.ts';
import { type KeyInfo, KnownKeys, type Row } from './names.ts';
import { Notes } from './notes.ts';
import { eventSchema } from './options.ts';
import type { Secrets } from './secrets.ts';
import { serviceOf } from './service.ts';
import { freeName, ValueCleaner } from './values.ts';

/**
 * Makes the function that brings what the pipelines leave into the structured log schema (`config/schema.json`).
 * The fields are changed in place and belong to the event from then on; fields that moved away hold undefined.
 * Whatever comes in, an event comes out; what had to be adjusted is told in `schema_errors`, the original of a value
 * that could not become its declared type stays in `<field>_original`. `isCounted` false: metrics hear nothing of it.
 */
export function createConform(
  given: Given<typeof eventSchema> = {},
  isCounted = true,
): (fields: Fields, meta: EventMeta) => LogEvent {
  const options = withDefaults(eventSchema, given);
  const notes = new Notes(isCounted);
  const keys = new KnownKeys(options.max_name_bytes, options.max_depth);
  const cleaner = new ValueCleaner(options, notes);
  const eventTime = new EventTime(options, notes, cleaner);
  const { tag_field: named } = options;
  const tagField = named === undefined || Object.hasOwn(DECLARED_FIELDS, named) ? undefined : named;
  const shortKeyword = Math.floor(options.max_keyword_bytes / 3);
  const shortText = Math.floor(options.max_string_bytes / 3);

  // What the look over an event's keys finds; emptied for each event.
  const rows: Row[] = [];
  const times: string[] = [];
  const renames: string[] = [];
  const misfits: string[] = [];

  const { secrets } = cleaner;

  return function conform(fields, meta) {
    cleaner.reset();
    const line = secrets === undefined ? undefined : lookAtMessage(fields, secrets);
    let count = 0;
    let size = 0;
    rows.length = 0;
    times.length = 0;
    renames.length = 0;
    misfits.length = 0;

    for (const key in fields) {
      let value = fields[key];
      const info = keys.at(count, key);
      count++;
      if (value === undefined) continue;
      // A pipeline's number that is whole and yet no integer: `5.0`.
      if (typeof value === 'object' && value instanceof Double) {
        value = value.value;
        fields[key] = value;
      }
      if (typeof value === 'string') size += key.length + value.length;
      else size += key.length + 8;
      if (info.isTime) times.push(key);
      if (info.rows !== undefined) for (const row of info.rows) if (row.isLiteral || isFields(value)) rows.push(row);
      switch (info.kind) {
        case 'extra':
          if (
            secrets !== undefined &&
            (info.secret.isSecret || (typeof value === 'string' && value.length >= LEAST_CHARS))
          )
            hideIn(fields, info, value, line, secrets);
          if (typeof value === 'string' ? value.length > shortText : !isPlain(value)) misfits.push(key);
          break;
        case 'keyword':
          if (typeof value !== 'string' || value.length > shortKeyword || value === '') misfits.push(key);
          break;
        case 'text':
          if (typeof value !== 'string' || value.length > shortText) misfits.push(key);
          break;
        case 'number':
          if (typeof value !== 'number' || !Number.isFinite(value)) misfits.push(key);
          break;
        case 'object':
          misfits.push(key);
          break;
        case 'rename':
          renames.push(key);
          break;
      }
    }

    const ownLevel = takeLevel(fields);
    if (rows.length > 0) {
      mapFields(fields, rows);
      // A message that came from another field only now.
      if (secrets !== undefined && fields['message'] !== line) lookAtMessage(fields, secrets);
    }
    const message = fields['message'];
    if (!options.keep_colors && typeof message === 'string' && message.includes('\u001b')) {
      fields['message'] = withoutColors(message);
    }
    for (const key of renames) rename(fields, key);
    const given = fields['@timestamp'];
    if (isFields(given) || Array.isArray(given)) fields['@timestamp'] = cleaner.clean(given, '@timestamp', 1);
    const time = eventTime.resolve(fields, meta, times);
    fields['@timestamp'] = isoTime(time);
    for (const key of misfits) settle(fields, key);
    if (typeof fields['tag'] !== 'string') fields['tag'] = keyword(meta.tag, 'tag');
    if (tagField !== undefined) fields[tagField] ??= fields['tag'];
    fields['level'] =
      ownLevel ??
      (rows.length === 0 ? undefined : levelOf(fields['level'])) ??
      levelWithout(fields['verb'], fields['response'], fields['message']);
    const service = fields['service'];
    if (typeof service !== 'string' || service === '') {
      const derived = serviceOf(fields, fields['tag']);
      fields['service'] = derived === undefined ? undefined : keyword(derived, 'service');
    }
    if (count > options.max_fields || size + cleaner.size > options.max_event_bytes / 3) {
      fitEvent(fields, options, notes);
    }
    if (!notes.empty) fields['schema_errors'] = notes.take();
    return { time, day: dayOf(time), fields };
  };

  /** Hides secrets in the message. The message, if there were none. */
  function lookAtMessage(fields: Fields, secrets: Secrets): string | undefined {
    const message = fields['message'];
    if (typeof message !== 'string') return undefined;
    const hidden = message.includes('\u001b') ? secrets.colored(message) : secrets.text(message);
    if (hidden === message) return message;
    fields['message'] = hidden;
    return undefined;
  }

  function hideIn(fields: Fields, info: KeyInfo, value: unknown, line: string | undefined, secrets: Secrets): void {
    const hidden = secrets.field(info.key, info.secret, value, line);
    if (hidden !== value) fields[info.key] = hidden;
  }

  /** The level that `level` itself gives; a value that is none moves aside, for it means something else. */
  function takeLevel(fields: Fields): Level | undefined {
    const value = fields['level'];
    if (value === undefined) return undefined;
    if (isFields(value)) return takeLevelObject(fields, value);
    const level = levelOf(value);
    if (level === undefined ? value !== null && value !== '' : isLossy(value)) {
      fields[freeName(fields, 'level_original')] = cleaner.clean(value, 'level', 1);
    }
    if (level === undefined) fields['level'] = undefined;
    return level;
  }

  /** A level that logging libraries write as an object: `{"name": "error", ...}`, `{"levelStr": "ERROR", ...}`. */
  function takeLevelObject(fields: Fields, value: Fields): Level | undefined {
    const name = LEVEL_NAMES.find(key => levelOf(value[key], 'words') !== undefined);
    if (name === undefined || Object.keys(value).length > 1) {
      fields[freeName(fields, 'level_original')] = cleaner.clean(value, 'level', 1);
    }
    fields['level'] = undefined;
    return name === undefined ? undefined : levelOf(value[name], 'words');
  }

  function rename(fields: Fields, key: string): void {
    const value = fields[key];
    if (value === undefined) return;
    const info = keys.of(key);
    const name = freeName(fields, info.name);
    fields[name] = cleaner.clean(secrets?.field(name, info.secret, value, undefined) ?? value, name, 1);
    fields[key] = undefined;
    if (info.why !== '') notes.add('name', quote(key), `${info.why}, kept as ${name}`);
  }

  /** Coerces a value into its declared type or moves it aside; makes any other value storable. */
  function settle(fields: Fields, key: string): void {
    const value = fields[key];
    if (value === undefined) return;
    switch (keys.of(key).kind) {
      case 'extra':
        fields[key] = cleaner.clean(value, key, 1);
        return;
      case 'keyword':
        if (value === null || value === '') fields[key] = undefined;
        else if (typeof value === 'object') serviceObject(fields, key, value);
        else if (key !== 'level') fields[key] = keyword(typeof value === 'string' ? value : String(value), key);
        return;
      case 'text':
        if (typeof value === 'string') fields[key] = cleaner.text(value, key, options.max_string_bytes);
        else if (value === null) fields[key] = undefined;
        else fields[key] = cleaner.text(textOf(value), key, options.max_string_bytes);
        return;
      case 'number': {
        const number = milliseconds(value, 'ms');
        fields[key] = number;
        if (number !== undefined || value === null || value === '' || value === '-') return;
        aside(fields, key, value, 'not a number');
        return;
      }
      case 'object':
        if (isFields(value)) {
          if (key === 'kubernetes') spellNamespace(value);
          fields[key] = cleaner.clean(value, key, 1);
        } else {
          fields[key] = undefined;
          if (value !== null) aside(fields, key, value, 'not an object');
        }
        return;
    }
  }

  function keyword(value: string, key: string): string {
    return cleaner.text(value, key, options.max_keyword_bytes);
  }

  /** ECS's `service` is an object whose name is taken by now: what else is in it stands beside it as `service_<name>`. */
  function serviceObject(fields: Fields, key: string, value: object): void {
    fields[key] = undefined;
    if (Array.isArray(value)) {
      // What `append` makes of a text. The first is the sender's own; a name is not lost for a second one.
      const first: unknown = value.find(item => typeof item === 'string' && item !== '');
      if (typeof first === 'string' && key !== 'level') fields[key] = keyword(first, key);
      if (value.length === 1 && first !== undefined) return;
      aside(fields, key, value, first === undefined ? 'not a text' : 'more than one text, the first stays');
      return;
    }
    if (key !== 'service' || !isFields(value)) {
      aside(fields, key, value, 'not a text');
      return;
    }
    const { name } = value;
    for (const inner in value) {
      if (inner === 'name' && typeof name === 'string') continue;
      const beside = freeName(fields, keys.of(`service_${inner}`).name);
      fields[beside] = cleaner.clean(value[inner], beside, 1);
    }
    if (typeof name === 'string' && name !== '') fields['service'] = keyword(name, 'service');
  }

  function aside(fields: Fields, key: string, value: unknown, why: string): void {
    const name = freeName(fields, `${key}_original`);
    fields[name] = cleaner.clean(value, name, 1);
    notes.add('type', key, `${why}, kept as ${name}`);
  }
}

const LEVEL_NAMES = ['name', 'levelStr', 'standardLevel', 'level', 'text', 'label'];

/** Without a level of its own: by the status of a request that a pipeline took apart, by the form of the text, else INFO (also on stderr: many programs write everything there). */
export function levelWithout(verb: unknown, response: unknown, message: unknown): Level {
  if (verb !== undefined && typeof response === 'number') {
    return response >= 500 ? 'ERROR' : response >= 400 ? 'WARN' : 'INFO';
  }
  return (typeof message === 'string' ? levelOfText(message) : undefined) ?? LEVELS[3];
}

/** Both spellings of the namespace are searched: Fluent Bit's and the short one. Vector has a third. */
function spellNamespace(kubernetes: Fields): void {
  const { namespace, namespace_name: name, pod_namespace: third } = kubernetes;
  const given = name ?? namespace ?? third;
  if (typeof given !== 'string') return;
  if (namespace === undefined) kubernetes['namespace'] = given;
  if (name === undefined) kubernetes['namespace_name'] = given;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean' || value === null;
}

const decoder = new TextDecoder();

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return decoder.decode(value);
  return typeof value === 'object' ? jsonOf(value) : String(value);
}
