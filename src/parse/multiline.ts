import { type BoundedRegExp, TooSlow } from '../base/regexp/bounded-regexp.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import type { Located } from '../base/yaml/located.ts';
import { LongshoreError } from '../core/errors.ts';
import { javaRegExp } from './java-regexp.ts';
import type { MultilineRule } from './join/multiline-join.ts';
import { OptionReader } from './loader/option-reader.ts';

export type { MultilineRule } from './join/multiline-join.ts';

// Lines that belong to the one before, whatever it says. Beside that, stack traces are followed, those of all languages.
const INDENTED = String.raw`[\h\s]+[^\h\s]`;
const LANGUAGES: Record<string, string> = {
  java: INDENTED,
  // Where a source cannot be read, the trace begins so.
  python: String.raw`(?!  File "[^"]+", line \d+\z)${INDENTED}`,
  node: String.raw`${INDENTED}|[\]})]+[,;]?\s*\z`,
  go: INDENTED,
  php: INDENTED,
  ruby: INDENTED,
  dotnet: INDENTED,
  rust: INDENTED,
};
const RECORD = [
  String.raw`\[?\d{4}[-/.]\d\d[-/.]\d\d|\[?\d\d:\d\d:\d\d|\[?\d\d[-/]\w+[-/]\d|\d{10}\b|<\d{1,3}>|\{"`,
  String.raw`\S+ \S+ \S+ \[\d\d/|[DIWEF], \[|[IWEF]\d{4} \d|(?:time|ts|level|logger)=`,
  String.raw`\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b[\] :,]`,
].join('|');
// The same for lines that no stack trace is looked for in.
const FORMS: Record<string, string> = {
  // The text of a query is anything but what begins a record, also one of another program in the same stream.
  mysql_slow: String.raw`(?!# Time: |/\S+, Version|Tcp port|Time  |${RECORD})`,
  postgresql: String.raw`\t|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? \S{1,6} \[\d+\] (?:\S+ )?(?:DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION):  `,
  indented: INDENTED,
};

/** `none`: each line is an event, also of a stack trace. */
export const MULTILINE_PRESETS: readonly string[] = [...Object.keys(LANGUAGES), ...Object.keys(FORMS), 'none'];
const DEFAULTS = { max_lines: 500, max_bytes: 1024 * 1024, flush_interval_ms: 1000 };
/** A stack overflow of Java has 1,024 frames, and its causes have some more. */
const MAX_TRACE_LINES = 5000;

/** `multiline: java`, or as Logstash's codec: pattern, negate, what, max_lines, max_bytes, flush_interval_ms (also preset). */
export function readMultiline(
  pipeline: string,
  source: Located,
  problems: LongshoreError[],
): MultilineRule | undefined {
  if (source.kind === 'text')
    return fromPreset(pipeline, String(source.value), source.where, problems, defaultsOf(String(source.value)));
  const options = new OptionReader('`multiline`', source, problems);
  const preset = options.string('preset', undefined);
  const limits = {
    max_lines: Math.max(1, options.number('max_lines', defaultsOf(preset).max_lines)),
    max_bytes: Math.max(1, options.number('max_bytes', DEFAULTS.max_bytes)),
    flush_interval_ms: options.has('auto_flush_interval')
      ? options.number('auto_flush_interval', 1) * 1000
      : options.number('flush_interval_ms', DEFAULTS.flush_interval_ms),
  };
  const text = options.string('pattern', undefined);
  const negate = options.boolean('negate', false);
  const what = options.choice('what', ['previous', 'next'], 'previous');
  options.finish();
  if (preset !== undefined) {
    if (text !== undefined)
      options.problem('LS_PIPELINE_OPTION', '`multiline` has both `preset` and `pattern`.', 'Keep one of them.');
    return fromPreset(pipeline, preset, source.where, problems, limits);
  }
  if (text === '' || text === undefined) {
    options.problem('LS_PIPELINE_MISSING_OPTION', '`multiline` needs the option `pattern` or `preset`.', 'Add one.');
    return undefined;
  }
  const pattern = options.attempt('pattern', () => javaRegExp(text, ''));
  if (pattern === undefined) return undefined;
  const fits = (line: string): boolean => (fitsOrGivesUp(pattern, line) ?? negate) !== negate;
  return what === 'previous' ? previousRule(pipeline, fits, limits) : nextRule(pipeline, fits, limits);
}

function fromPreset(
  pipeline: string,
  preset: string,
  where: string,
  problems: LongshoreError[],
  limits: typeof DEFAULTS,
): MultilineRule | undefined {
  if (preset === 'none') return { ...previousRule(pipeline, () => false, limits), kind: 'none' };
  const isLanguage = Object.hasOwn(LANGUAGES, preset);
  const source = isLanguage ? LANGUAGES[preset] : Object.hasOwn(FORMS, preset) ? FORMS[preset] : undefined;
  if (source === undefined) {
    const fix = didYouMean(preset, MULTILINE_PRESETS) ?? `It is one of ${MULTILINE_PRESETS.join(', ')}.`;
    problems.push(
      new LongshoreError('LS_PIPELINE_MULTILINE', `the multiline preset "${preset}" is not known.`, { where, fix }),
    );
    return undefined;
  }
  const pattern = javaRegExp(`^(?:${source})`, '');
  const rule = previousRule(pipeline, line => fitsOrGivesUp(pattern, line) === true, limits);
  return isLanguage ? { ...rule, kind: 'language' } : rule;
}

function defaultsOf(preset: string | undefined): typeof DEFAULTS {
  const isLanguage = preset !== undefined && Object.hasOwn(LANGUAGES, preset);
  return isLanguage ? { ...DEFAULTS, max_lines: MAX_TRACE_LINES } : DEFAULTS;
}

function previousRule(name: string, continues: (line: string) => boolean, limits: typeof DEFAULTS): MultilineRule {
  return { name, continues, starts: line => !continues(line), ...limits };
}

/** `what: next`: a line that fits waits for the one after it; the first that does not fit completes the event. */
function nextRule(name: string, waits: (line: string) => boolean, limits: typeof DEFAULTS): MultilineRule {
  return { name, starts: () => false, continues: () => true, ends: line => !waits(line), ...limits };
}

/** Undefined: the pattern was given up on the line, which then stands alone. */
function fitsOrGivesUp(pattern: BoundedRegExp, line: string): boolean | undefined {
  try {
    return pattern.test(line);
  } catch (error) {
    if (error instanceof TooSlow) return undefined;
    throw error;
  }
}
