import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { MAX_NESTING_DEPTH, needsCare, readRecord, textRecord } from '../../inputs/json/record.ts';
import { eventRecord, lineRecord, originFields } from '../../trial/origin.ts';
import type { TrialRecord } from '../../trial/trial.ts';

/** Options that say from where lines come. */
export const ORIGIN_OPTIONS = {
  events: { type: 'boolean' },
  image: { type: 'string' },
  container: { type: 'string' },
  service: { type: 'string' },
  stream: { type: 'string' },
  tag: { type: 'string' },
  label: { type: 'string', multiple: true },
  now: { type: 'string' },
} as const;

export const ORIGIN_USAGE = `      --events           each line is an event as a sender would send it, in JSON (NDJSON)
      --image NAME       the image of the container that the lines come from; so chooses most pipelines
      --container NAME   its name
      --service NAME     the service that it belongs to
      --stream NAME      stdout or stderr
      --tag TAG          default: http.tag of the configuration
      --label NAME=VALUE a label of the container; may be repeated
      --now TIME         as if they came in then (ISO); default: now. Dates far from it are clamped, as in the service`;

export interface OriginValues {
  readonly events?: boolean | undefined;
  readonly image?: string | undefined;
  readonly container?: string | undefined;
  readonly service?: string | undefined;
  readonly stream?: string | undefined;
  readonly tag?: string | undefined;
  readonly label?: readonly string[] | undefined;
  readonly now?: string | undefined;
}

/** Makes records of lines, as senders would send them. */
export class Records {
  readonly #fields: Fields;
  readonly #tag: string;
  readonly #areEvents: boolean;
  readonly #now: number | undefined;
  #number = 0;
  /** Lines that should have been JSON. */
  noJson = 0;

  /** `tag`: where none is named. Throws LS_CLI_PARSE. */
  constructor(values: OriginValues, tag: string) {
    this.#fields = originFields({ ...values, labels: labelsOf(values.label) });
    this.#tag = values.tag ?? tag;
    this.#areEvents = values.events === true;
    this.#now = timeOf(values.now);
  }

  get count(): number {
    return this.#number;
  }

  /** Undefined: a blank line between events. */
  of(line: string): TrialRecord | undefined {
    const number = ++this.#number;
    const receivedAt = this.#now ?? Date.now();
    const record = this.#areEvents ? this.#event(line) : lineRecord(line, this.#fields);
    return record && { record, number, tag: this.#tag, time: Number.NaN, receivedAt };
  }

  #event(line: string): Fields | undefined {
    if (line.trim() === '') return undefined;
    const read = readRecord(line, MAX_NESTING_DEPTH, needsCare(line));
    if (typeof read === 'string') this.noJson++;
    return eventRecord(typeof read === 'string' ? textRecord(line) : read, this.#fields);
  }
}

function labelsOf(given: readonly string[] | undefined): Record<string, string> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    given.map(one => {
      const equals = one.indexOf('=');
      if (equals > 0) return [one.slice(0, equals), one.slice(equals + 1)];
      throw new LongshoreError('LS_CLI_PARSE', `--label '${one}' has no '='.`, { fix: 'Write --label team=shop.' });
    }),
  );
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new LongshoreError('LS_CLI_PARSE', `--now '${text}' is no time.`, { fix: 'Write --now 2026-11-20T14:00:00Z.' });
}
