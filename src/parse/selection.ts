import { TooSlow } from '../base/regexp/bounded-regexp.ts';
import type { Prefix } from '../base/regexp/prefix.ts';
import type { Located } from '../base/yaml/located.ts';
import { LongshoreError } from '../core/errors.ts';
import { type EventMeta, type Fields, isFields, newFields } from '../core/event.ts';
import { mark } from './failure-mark.ts';
import { compileGlob, compileTagGlob, type GlobMatcher } from './glob.ts';
import { compileImageGlob, imageOf } from './image-match.ts';
import { OptionReader } from './loader/option-reader.ts';
import { readCondition } from './loader/read-script.ts';
import { neededField, onlyExpression } from './painless/condition.ts';
import { messagePrefixes } from './painless/prefix.ts';
import type { Condition, RunState } from './run-state.ts';

/** One way to choose a pipeline: everything in it must hold. */
export interface PipelineChoice {
  /** Asked only when no pipeline was chosen by a choice without `fallback`: guesses from the line's own form. */
  readonly fallback: boolean;
  /** Names of the fields that it asks for; `if` asks for no field by name. */
  readonly asks: readonly string[];
  /** Events that it takes, one for each combination of its globs; none when an `if` has a say as well, or when they are too many. */
  readonly samples: readonly Fields[];
  /** What must hold, in words, for whoever asks why it does not. */
  readonly parts: readonly ChoicePart[];
  /** The image that it asks for; undefined: any, and none. */
  readonly image: GlobMatcher | undefined;
  /** What the message must begin with, one of these. */
  readonly prefixes: readonly Prefix[];
  /** Whether an event whose image fits is taken. */
  holds(event: Fields, meta: EventMeta, state: RunState): boolean;
}

export interface ChoicePart {
  /** `image`, `label.team`, `if`. */
  readonly name: string;
  /** As it is written. */
  readonly wanted: string;
  /** What is compared with that; undefined: nothing of the kind, or the whole event. */
  value(event: Fields, meta: EventMeta): unknown;
  readonly holds: Test;
}

/** So many of a message's first characters are asked for before a condition is. */
const PREFIX_PLACES = 32;

type Test = (event: Fields, meta: EventMeta, state: RunState) => boolean;

/**
 * `match` of a pipeline: a mapping, or a list of mappings of which one must hold.
 *
 *     image: 'nginx*'          the image's name without registry, owner and version; with a slash in the glob the whole name
 *     container: 'web-*'       container name        service: 'shop*'      the record's or Compose's service
 *     stream: stderr           tag: docker.nginx.**  as Fluentd's match
 *     label.NAME: 'glob'       labels: { NAME: 'glob' }
 *     if: "ctx.message.startsWith('[')"              fallback: true        only when nothing else took the event
 *
 * Each takes one glob or a list of them.
 */
export function readMatch(pipeline: string, source: Located, problems: LongshoreError[]): PipelineChoice[] {
  if (source.entries !== undefined) return [readChoice(pipeline, source, problems)];
  if (source.items !== undefined && source.items.length > 0)
    return source.items.map(item => readChoice(pipeline, item, problems));
  problems.push(
    new LongshoreError(
      'LS_PIPELINE_MATCH',
      `\`match\` must be a mapping or a list of mappings, not a ${source.kind}.`,
      {
        where: source.where,
        fix: "Write for example match: { image: 'nginx*' }.",
      },
    ),
  );
  return [];
}

function readChoice(pipeline: string, source: Located, problems: LongshoreError[]): PipelineChoice {
  const options = new OptionReader('`match`', source, problems);
  const parts: ChoicePart[] = [];
  let image: GlobMatcher | undefined;
  const asks: string[] = [];
  let samples: Fields[] = [newFields()];
  const add = (name: string, value: ChoicePart['value'], compile = compileGlob): void => {
    if (!options.has(name)) return;
    const globs = options.strings(name);
    const matchers = globs.map(compile);
    const field = name === 'container' ? 'container_name' : name;
    const texts = globs.flatMap(samplesOf);
    samples = samples.flatMap(sample => texts.map(text => Object.assign(newFields(), sample, { [field]: text })));
    if (samples.length > MAX_SAMPLES) samples = [];
    asks.push(name);
    const matcher: GlobMatcher = matchers.length === 1 ? matchers[0]! : text => matchers.some(one => one(text));
    const holds: Test = (event, meta) => {
      const text = value(event, meta);
      return typeof text === 'string' && matcher(text);
    };
    parts.push({ name, wanted: globs.join(', '), value, holds });
    if (name === 'image') image = matcher;
  };
  add('tag', (event, meta) => (typeof event['tag'] === 'string' ? event['tag'] : meta.tag), compileTagGlob);
  add('image', imageOf, compileImageGlob);
  add('container', event => event['container_name']);
  add('service', serviceOf);
  add('stream', event => event['stream']);
  let hasLabels = false;
  for (const [name, wanted, globs] of labelGlobs(source, options)) {
    hasLabels = true;
    asks.push('labels');
    const value = (event: Fields): unknown => labelOf(event, name);
    const holds: Test = event => {
      const text = value(event);
      return typeof text === 'string' && globs(text);
    };
    parts.push({ name: `label.${name}`, wanted, value, holds });
  }
  const fallback = options.boolean('fallback', false);
  const readIf = readCondition(options);
  let prefixes: readonly Prefix[] = [[]];
  if (readIf !== undefined) {
    const { source: text, condition } = readIf;
    const only = onlyExpression(text);
    prefixes = messagePrefixes(only, PREFIX_PLACES);
    const needed = only && neededField(only);
    const whole: Test = (event, _, state) => conditionHolds(pipeline, condition, event, state);
    const test: Test =
      needed === undefined
        ? whole
        : (event, meta, state) => (event[needed] ?? null) !== null && whole(event, meta, state);
    parts.push({ name: 'if', wanted: text, value: () => undefined, holds: test });
  }
  options.finish();
  if (parts.length === 0 && source.entries !== undefined && problems.length === 0)
    options.problem(
      'LS_PIPELINE_MATCH',
      '`match` names nothing to match.',
      'Name an image, container, label, tag, service, stream or if.',
    );
  const tests = parts.filter(({ name }) => name !== 'image').map(part => part.holds);
  const holds: Test =
    tests.length < 2
      ? (tests[0] ?? (() => true))
      : (event, meta, state) => tests.every(test => test(event, meta, state));
  const isPlain = readIf === undefined && !hasLabels;
  return { fallback, asks, samples: isPlain ? samples : [], parts, image, prefixes, holds };
}

const MAX_SAMPLES = 64;

/** Texts that the glob matches and that hardly anybody writes out; one for each alternative in braces. */
function samplesOf(glob: string): string[] {
  const [group, inner] = /\{([^{}]*)\}/.exec(glob) ?? [];
  if (group === undefined || inner === undefined) return [glob.replace(/\*+/g, 'x7q').replaceAll('?', 'x')];
  return inner.split(',').flatMap(part => samplesOf(glob.replace(group, () => part)));
}

function labelGlobs(source: Located, options: OptionReader): [string, string, GlobMatcher][] {
  const found: [string, string, GlobMatcher][] = [];
  for (const key of source.entries?.keys() ?? []) {
    if (!/^labels?\../.test(key)) continue;
    const globs = options.strings(key);
    const matchers = globs.map(compileGlob);
    const matches: GlobMatcher = text => matchers.some(matcher => matcher(text));
    found.push([key.slice(key.indexOf('.') + 1), globs.join(', '), matches]);
  }
  for (const name of ['label', 'labels'])
    for (const [key, glob] of Object.entries(options.stringMap(name))) found.push([key, glob, compileGlob(glob)]);
  return found;
}

/** A condition that cannot be worked out does not hold; one that was given up says so on the event. */
function conditionHolds(pipeline: string, condition: Condition, event: Fields, state: RunState): boolean {
  try {
    return condition(event, state);
  } catch (error) {
    if (error instanceof TooSlow)
      mark(event, {
        message: error.message,
        processor: 'match',
        tag: undefined,
        pipeline,
        eventTag: '_matchtimeout',
        isMismatch: false,
      });
    return false;
  }
}

const SERVICE_LABELS = ['com.docker.compose.service', 'com.docker.swarm.service.name', 'app.kubernetes.io/name'];

function serviceOf(event: Fields): string | undefined {
  const own = event['service'];
  if (typeof own === 'string') return own;
  for (const label of SERVICE_LABELS) {
    const value = labelOf(event, label);
    if (typeof value === 'string') return value;
  }
  return undefined;
}

function labelOf(event: Fields, name: string): unknown {
  const labels = event['labels'];
  if (isFields(labels) && Object.hasOwn(labels, name)) return labels[name];
  return event[name];
}
