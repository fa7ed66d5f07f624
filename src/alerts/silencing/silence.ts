import { LongshoreError } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import { compileMatchers, type LabelPredicate, type Labels, type Matcher } from './matcher.ts';

/** What somebody does not want to be told of for a while. Plain JSON. Names and meaning are those of Alertmanager. */
export interface Silence {
  readonly id: string;
  /** All have to hold for an alert's labels. */
  readonly matchers: readonly Matcher[];
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Epoch milliseconds; it does not hold any more at this instant. */
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export type SilenceState = 'pending' | 'active' | 'expired';

/** A silence as somebody asks for it. */
export interface NewSilence extends Pick<Silence, 'matchers' | 'endsAt' | 'createdBy' | 'comment'> {
  /** Of one that is to be changed. */
  readonly id?: string | undefined;
  /** Undefined: from now on. */
  readonly startsAt?: number | undefined;
}

/** Longest texts that are kept of one, in characters. */
const MAX_TEXT_CHARS = 4096;
const MAX_MATCHERS = 100;

export function silenceState({ startsAt, endsAt }: Pick<Silence, 'startsAt' | 'endsAt'>, now: number): SilenceState {
  if (now < startsAt) return 'pending';
  return now < endsAt ? 'active' : 'expired';
}

/** Those of a list as it was written; what is none is left out. */
export function readSilences(value: unknown): Silence[] {
  return (Array.isArray(value) ? value : []).filter(isSilence);
}

function isSilence(value: unknown): value is Silence {
  return (
    isFields(value) &&
    ['id', 'createdBy', 'comment'].every(name => typeof value[name] === 'string') &&
    ['startsAt', 'endsAt', 'updatedAt'].every(name => isTime(value[name])) &&
    Array.isArray(value['matchers']) &&
    value['matchers'].every(isMatcher)
  );
}

/** With years of four digits: what else is written, Go (amtool, Grafana) cannot read, nor the whole list that it is in. */
const [FIRST_TIME, LAST_TIME] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
const isTime = (value: unknown): boolean => typeof value === 'number' && value >= FIRST_TIME && value <= LAST_TIME;

function isMatcher(value: unknown): boolean {
  return (
    isFields(value) &&
    typeof value['name'] === 'string' &&
    typeof value['value'] === 'string' &&
    typeof value['isRegex'] === 'boolean' &&
    typeof value['isEqual'] === 'boolean'
  );
}

/** Gives the test of labels. @throws LongshoreError LS_ALERTS_SILENCE, LS_ALERTS_MATCHER */
export function checkSilence(silence: NewSilence, now: number): LabelPredicate {
  const { matchers, createdBy, comment, endsAt, startsAt = now } = silence;
  if (matchers.length === 0) throw wrong('a silence needs a matcher', 'Give for example alertname="Error burst".');
  if (matchers.length > MAX_MATCHERS) throw wrong(`a silence has at most ${MAX_MATCHERS} matchers`);
  if (matchers.some(({ name }) => name === '')) throw wrong('a matcher has no name');
  for (const text of [createdBy, comment, ...matchers.flatMap(({ name, value }) => [name, value])])
    if (text.length > MAX_TEXT_CHARS) throw wrong(`a text of it is longer than ${MAX_TEXT_CHARS} characters`);
  if (!isTime(startsAt) || !isTime(endsAt))
    throw wrong('a time of it is none of the years 1 to 9999', 'Write it like 2026-11-20T14:00:00Z.');
  if (endsAt <= startsAt) throw wrong('it ends before it starts');
  if (endsAt <= now) throw wrong('its end has passed', 'Give an end that is still to come.');
  if (matchers.every(matcher => compileMatchers([matcher])(NOTHING)))
    throw wrong(
      'it would hold for alerts without any of its labels',
      'Give a matcher that does not hold for an empty value.',
    );
  return compileMatchers(matchers);
}

const NOTHING: Labels = {};

function wrong(what: string, fix?: string): LongshoreError {
  return new LongshoreError('LS_ALERTS_SILENCE', `${what}.`, { fix });
}
