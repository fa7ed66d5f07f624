import { LongshoreError, nearest } from '../core/errors.ts';
import { BoundedRegExp, TooSlow } from '../core/regexp/bounded-regexp.ts';
import { javaRegExp } from './java-regexp.ts';
import type { Located } from './loader/located.ts';
import { OptionReader } from './loader/option-reader.ts';

/** How lines of one container and stream become one event. */
export interface MultilineRule {
  readonly name: string;
  /** True: this line begins a new event. */
  starts(text: string): boolean;
  /** True: this line belongs to the event of the line before. */
  continues(text: string): boolean;
  /** True: the event is complete with this line. Only rules with `what: next` know it. */
  ends?(text: string): boolean;
  readonly max_lines: number;
  readonly flush_interval_ms: number;
  readonly max_bytes: number;
}

// Each preset tells which lines belong to the one before; every other line begins an event.
const PRESETS: Record<string, string> = {
  java: String.raw`\s+\S|Caused by: |Suppressed: |(?:[a-z_$][\w$]*\.)+[A-Z][\w$.]*(?::|$)|\t`,
  python: String.raw`Traceback \(most recent call last\):|\s+\S|During handling of the above exception|The above exception was the direct cause|\s*$|[\w.]+(?:Error|Exception|Warning|Interrupt|Exit|Iteration|Group)(?::|$)`,
  node: String.raw`\s+at |\s+\S|\}\s*$|\s*\[cause\]|Node\.js v\d|\s*$`,
  go: String.raw`goroutine \d+ \[|\s+\S|created by |\[signal |exit status |[\w./*()-]+\(.*\)$|\s*$`,
  php: String.raw`Stack trace:|#\d+ |\s+thrown in |\s+\S|PHP Stack trace:|PHP\s+\d+\. |Next `,
  ruby: String.raw`\s+from |\s+\S|\t`,
  dotnet: String.raw`\s+at |\s+--- |--- End of |\s+\S| ---> `,
  rust: String.raw`note: run with|stack backtrace:|\s+\d+: |\s+at |\s+\S`,
  mysql_slow: String.raw`(?!# Time: |\d{4}-\d\d-\d\d|/\S+, Version|Tcp port|Time  )`,
  postgresql: String.raw`\t`,
  indented: String.raw`\s+\S`,
};

export const MULTILINE_PRESETS: readonly string[] = Object.keys(PRESETS);
const DEFAULTS = { max_lines: 500, max_bytes: 1024 * 1024, flush_interval_ms: 1000 };

/** `multiline: java`, or as Logstash's codec: pattern, negate, what, max_lines, max_bytes, flush_interval_ms (also preset). */
export function readMultiline(
  pipeline: string,
  source: Located,
  problems: LongshoreError[],
): MultilineRule | undefined {
  if (source.kind === 'text') return fromPreset(pipeline, String(source.value), source.where, problems, DEFAULTS);
  const options = new OptionReader('`multiline`', source, problems);
  const limits = {
    max_lines: Math.max(1, options.number('max_lines', DEFAULTS.max_lines)),
    max_bytes: Math.max(1, options.number('max_bytes', DEFAULTS.max_bytes)),
    flush_interval_ms: options.has('auto_flush_interval')
      ? options.number('auto_flush_interval', 1) * 1000
      : options.number('flush_interval_ms', DEFAULTS.flush_interval_ms),
  };
  const preset = options.string('preset', undefined);
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
  const source = Object.hasOwn(PRESETS, preset) ? PRESETS[preset] : undefined;
  if (source === undefined) {
    const near = nearest(preset, MULTILINE_PRESETS);
    const fix = near === undefined ? `It is one of ${MULTILINE_PRESETS.join(', ')}.` : `Did you mean ${near}?`;
    problems.push(
      new LongshoreError('LS_PIPELINE_MULTILINE', `the multiline preset "${preset}" is not known.`, { where, fix }),
    );
    return undefined;
  }
  const pattern = new BoundedRegExp(`^(?:${source})`);
  return previousRule(pipeline, line => fitsOrGivesUp(pattern, line) === true, limits);
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
