import { plainNumber } from '../../base/number/double.ts';
import { hideSecrets } from '../../base/secrets/secrets.ts';
import { isoTime } from '../../base/time/iso.ts';
import { copyFields, type EventMeta, type Fields, newFields } from '../../core/event.ts';
import { isLossy, levelOf } from '../../core/schema/levels.ts';
import type { Pipeline } from '../../parse/pipelines.ts';
import { plainValue } from '../../parse/plain-numbers.ts';
import { levelWithout } from '../../schema/conform.ts';
import type { EventTime } from '../../schema/event-time.ts';
import { isAddress, milliseconds } from '../../schema/map-fields.ts';
import { putAscii, putBytes, putCounter, putId, putLong, putNumber, putText, putTime } from '../../schema/put.ts';
import { Unsupported, Values } from './code.ts';
import { type DocumentRules, documentCode, isDeclared, MAX_OTHER_CHARS } from './document-code.ts';
import { STREAM_FIELDS } from './fields-code.ts';
import { StepsCode, TIME } from './steps-code.ts';
import type { Stream } from './stream.ts';

/** What a writer tells beside the bytes. */
export interface Written {
  /** The event's time, whole epoch milliseconds. */
  time: number;
  level: string;
  service: string;
  /** Whether `fields` are wanted as well. */
  wantsFields: boolean;
  /** Of events with these levels alone; undefined: with any. */
  wantedLevels: ReadonlySet<string> | undefined;
  fields: Fields;
}

export function nothingWritten(): Written {
  return {
    ...{ time: 0, level: '', service: '', fields: newFields() },
    ...{ wantsFields: false, wantedLevels: undefined },
  };
}

/** Whether the fields of the document that was written last are there. */
export function isWanted({ wantsFields, wantedLevels, level }: Written): boolean {
  return wantsFields && (wantedLevels === undefined || wantedLevels.has(level));
}

export interface LineWriter {
  /**
   * Runs the pipeline on a line and writes its document to `bytes` from the start on: its length. PASSED_ON: it leaves the
   * event, which is as it came, to other pipelines. -1: something is unusual and the event has to be run as before; nothing
   * has been done then.
   */
  write(
    bytes: Buffer,
    line: string,
    stream: Stream,
    meta: EventMeta,
    idBase: string,
    index: number,
    seq: number,
  ): number;
  /** Lines up to so many characters are written. */
  readonly maxChars: number;
  /** Bytes that a document of a line with so many characters never exceeds. */
  room(chars: number): number;
  readonly code: string;
  /** What the code calls `K[0]`, `K[1]`, ... */
  readonly values: readonly unknown[];
  /** Names of the fields that the pipeline reads or sets: what the code calls `f0`, `f1`, ... */
  readonly names: ReadonlySet<string>;
}

export interface WriterRules extends DocumentRules {
  /** Characters of a text, and of all of an event, that are never too many. */
  readonly shortText: number;
  readonly shortEvent: number;
  readonly mostFields: number;
  readonly eventTime: EventTime;
}

/** Answer of a writer whose pipeline has read nothing in the line. */
export const PASSED_ON = -2;

const MOST_CHARS = 8192;
/** Fields that no pipeline names here: those of a stream, too. */
const OTHER_FIELDS = 72;
/** Constant parts of a document, what a stream brings, and each field's name and number. */
const FIXED_BYTES = 32_768;
const FIELD_BYTES = 1600;

/** The function of a pipeline; a text: why it cannot be made. */
export function lineWriter(
  pipeline: Pick<Pipeline, 'steps' | 'passesUnmatched'>,
  find: (name: string) => Pipeline | undefined,
  rules: WriterRules,
  written: Written,
): LineWriter | string {
  if (pipeline.steps === undefined) return 'it has handlers, masks, or somebody who looks on';
  const values = new Values();
  const steps = new StepsCode(values, isDeclared, name => find(name)?.steps);
  try {
    let most = 0;
    steps.pipeline(pipeline.steps, failure => {
      const { matched } = steps.state;
      if (pipeline.passesUnmatched && matched !== 'yes') {
        const left = steps.isUntouched ? `return ${TIME} === undefined ? ${PASSED_ON} : -1;` : 'return -1;';
        steps.lines.push(`if (M === 0) ${left}`);
        if (matched === 'no') return;
      }
      steps.lines.push(...documentCode(steps, rules, values, failure));
      most = Math.max(most, steps.order.length);
    });
    if (steps.names.size + OTHER_FIELDS > rules.mostFields) return 'the limits of events are too small';
    const code = codeOf(steps);
    const fields = most + 4;
    const maxChars = Math.min(MOST_CHARS, rules.shortText, Math.floor(rules.shortEvent / (fields + 1)) - 4096);
    if (maxChars < 256) return 'the limits of events are too small';
    const make = new Function(...Object.keys(HELPERS), 'K', 'eventTime', 'result', code);
    return {
      write: make(...Object.values(HELPERS), values.list, rules.eventTime, written),
      maxChars,
      room: chars => FIXED_BYTES + fields * (FIELD_BYTES + 6 * Math.max(chars, MAX_OTHER_CHARS)),
      ...{ code, values: values.list },
      names: new Set(steps.names.keys()),
    };
  } catch (error) {
    // EvalError: this Node makes no code of texts.
    if (error instanceof Unsupported || error instanceof EvalError) return error.message;
    throw error;
  }
}

/** For lines that no pipeline takes and in which nothing is found: they have a level and a time by their form. */
export function textWriter(rules: WriterRules, written: Written): LineWriter | undefined {
  const made = lineWriter({ steps: [], passesUnmatched: false }, () => undefined, rules, written);
  return typeof made === 'string' ? undefined : made;
}

function codeOf(steps: StepsCode): string {
  const variables = [...steps.names].filter(([key]) => key !== 'message').map(([, name]) => name);
  const view = [...STREAM_FIELDS, 'level'].map(
    key => `${steps.names.get(key)} = stream.view[${steps.values.of(key)}];`,
  );
  const body = [
    `let ${variables.join(', ')};`,
    'let T, t = false, w = 0, m, n, x, B = 0, M = 0, C = 0, p = 0, ip;',
    ...view,
    ...steps.lines,
  ];
  return `'use strict';\nreturn (b, ${steps.names.get('message')}, stream, meta, idBase, index, seq) => {\n${body.join('\n')}\n};`;
}

/** A value of any type that fields have here. */
function putValue(bytes: Buffer, at: number, value: unknown): number {
  if (typeof value === 'string') return putText(bytes, at, value);
  if (typeof value === 'number') return putNumber(bytes, at, value);
  return putAscii(bytes, at, value === true ? 'true' : 'false');
}

const HELPERS = {
  ...{ putText, putLong, putNumber, putValue, putCounter, putTime, putAscii, putBytes, putId },
  ...{
    newFields,
    copyFields,
    isoTime,
    hideSecrets,
    isAddress,
    milliseconds,
    isLossy,
    levelOf,
    levelWithout,
    plainNumber,
    plainValue,
  },
};
