import { TooSlow } from '../base/regexp/bounded-regexp.ts';
import type { Prefix } from '../base/regexp/prefix.ts';
import type { Located } from '../base/yaml/located.ts';
import { LongshoreError } from '../core/errors.ts';
import { type EventMeta, type Fields, isFields, newFields } from '../core/event.ts';
import { compileCondition } from './condition/compile.ts';
import { neededField } from './condition/needed-field.ts';
import { messagePrefixes } from './condition/prefix.ts';
import { mark } from './failure-mark.ts';
import { compileGlob, compileTagGlob, type GlobMatcher } from './glob.ts';
import { compileImageGlob } from './image-match.ts';
import { OptionReader } from './loader/option-reader.ts';
import type { Condition, RunState } from './run-state.ts';

/** One way to choose a pipeline: everything in it must hold. */
export interface PipelineChoice {
  /** Asked only when no pipeline was chosen by a choice without `fallback`: guesses from the line's own form. */
  readonly fallback: boolean;
  /** Names of the fields that it asks for; `if` asks for no field by name. */
  readonly asks: readonly string[];
  /** Events that it takes, one for each combination of its globs; none when an `if` has a say as well, or when they are too many. */
  readonly samples: readonly Fields[];
  /** The image that it asks for; undefined: any, and none. */
  readonly image: GlobMatcher | undefined;
  /** What the message must begin with, one of these. */
  readonly prefixes: readonly Prefix[];
  /** Whether an event whose image fits is taken. */
  holds(event: Fields, meta: EventMeta, state: RunState): boolean;
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
  const tests: Test[] = [];
  const asks: string[] = [];
  let samples: Fields[] = [newFields()];
  const add = (name: string, test: (matcher: GlobMatcher) => Test, compile = compileGlob): void => {
    if (!options.has(name)) return;
    const globs = options.strings(name);
    const matchers = globs.map(compile);
    const field = name === 'container' ? 'container_name' : name;
    const texts = globs.flatMap(samplesOf);
    samples = samples.flatMap(sample => texts.map(text => Object.assign(newFields(), sample, { [field]: text })));
    if (samples.length > MAX_SAMPLES) samples = [];
    asks.push(name);
    tests.push(test(matchers.length === 1 ? matchers[0]! : text => matchers.some(matcher => matcher(text))));
  };
  add(
    'tag',
    matcher => (event, meta) => matcher(typeof event['tag'] === 'string' ? event['tag'] : meta.tag),
    compileTagGlob,
  );
  let image: GlobMatcher | undefined;
  const any = (): boolean => true;
  add(
    'image',
    matcher => {
      image = matcher;
      return any;
    },
    compileImageGlob,
  );
  add('container', matcher => event => isText(event['container_name']) && matcher(event['container_name']));
  add('service', matcher => event => {
    const service = serviceOf(event);
    return service !== undefined && matcher(service);
  });
  add('stream', matcher => event => isText(event['stream']) && matcher(event['stream']));
  let hasLabels = false;
  for (const [name, globs] of labelGlobs(source, options)) {
    hasLabels = true;
    asks.push('labels');
    tests.push(event => {
      const value = labelOf(event, name);
      return isText(value) && globs(value);
    });
  }
  const fallback = options.boolean('fallback', false);
  const condition = readCondition(options);
  let prefixes: readonly Prefix[] = [[]];
  if (condition !== undefined) {
    prefixes = messagePrefixes(options.string('if'), PREFIX_PLACES);
    const needed = neededField(options.string('if'));
    if (needed !== undefined) tests.push(event => (event[needed] ?? null) !== null);
    tests.push((event, _, state) => conditionHolds(pipeline, condition, event, state));
  }
  options.finish();
  if (tests.length === 0 && source.entries !== undefined && problems.length === 0)
    options.problem(
      'LS_PIPELINE_MATCH',
      '`match` names nothing to match.',
      'Name an image, container, label, tag, service, stream or if.',
    );
  const asked = tests.filter(test => test !== any);
  const holds: Test =
    asked.length < 2 ? (asked[0] ?? any) : (event, meta, state) => asked.every(test => test(event, meta, state));
  const isPlain = condition === undefined && !hasLabels;
  return { fallback, asks, samples: isPlain ? samples : [], image, prefixes, holds };
}

const MAX_SAMPLES = 64;

/** Texts that the glob matches and that hardly anybody writes out; one for each alternative in braces. */
function samplesOf(glob: string): string[] {
  const [group, inner] = /\{([^{}]*)\}/.exec(glob) ?? [];
  if (group === undefined || inner === undefined) return [glob.replace(/\*+/g, 'x7q').replaceAll('?', 'x')];
  return inner.split(',').flatMap(part => samplesOf(glob.replace(group, () => part)));
}

function readCondition(options: OptionReader): Condition | undefined {
  if (!options.has('if')) return undefined;
  const text = options.string('if');
  return options.attempt('if', () => compileCondition(text));
}

function labelGlobs(source: Located, options: OptionReader): [string, GlobMatcher][] {
  const found: [string, GlobMatcher][] = [];
  for (const key of source.entries?.keys() ?? []) {
    if (!/^labels?\../.test(key)) continue;
    const matchers = options.strings(key).map(compileGlob);
    found.push([key.slice(key.indexOf('.') + 1), text => matchers.some(matcher => matcher(text))]);
  }
  for (const name of ['label', 'labels'])
    for (const [key, glob] of Object.entries(options.stringMap(name))) found.push([key, compileGlob(glob)]);
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

function isText(value: unknown): value is string {
  return typeof value === 'string';
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
