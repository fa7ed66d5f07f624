import { BoundedRegExp, TooSlow } from '../../base/regexp/bounded-regexp.ts';
import { MAX_CODE_POINT } from '../../base/regexp/char-set.ts';
import { simplify } from '../../base/regexp/simplify.ts';
import { writeV8 } from '../../base/regexp/write-v8.ts';
import { LongshoreError } from '../../core/errors.ts';
import { expand } from '../grok/expand.ts';
import { library } from '../grok/library.ts';
import { parsePattern } from '../grok/parse-pattern.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/**
 * `redact`: field, patterns (of grok, each with the name that stands in the text instead: `%{EMAILADDRESS:EMAIL}` becomes
 * `<EMAIL>`), pattern_definitions, prefix and suffix (`<`, `>`), ignore_missing (default true), trace_redact (sets
 * `_ingest._redact._is_redacted`). A text on which a pattern takes too long is hidden whole.
 */
export const redact: ProcessorKind = {
  name: 'redact',
  build(options, context) {
    const source = options.path('field');
    const written = options.strings('patterns');
    const definitions = { ...context.grok.definitions, ...options.stringMap('pattern_definitions') };
    const prefix = options.string('prefix', '<');
    const suffix = options.string('suffix', '>');
    const ignoreMissing = options.boolean('ignore_missing', true);
    const isTraced = options.boolean('trace_redact', false);
    // There are no licenses here.
    options.boolean('skip_if_unlicensed', false);
    if (options.has('patterns') && written.length === 0)
      options.problem('LS_PIPELINE_OPTION', 'processor redact: `patterns` is empty.', 'Add a pattern.');
    const patterns = options.attempt('patterns', () => written.map(pattern => secretOf(pattern, definitions))) ?? [];
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      let redacted: string;
      try {
        redacted = hideAll(text, findAll(text, patterns), prefix, suffix);
      } catch (error) {
        if (error instanceof TooSlow) source.set(event, state, `${prefix}REDACTED${suffix}`);
        throw error;
      }
      if (redacted === text) return undefined;
      if (isTraced) state.ingest['_redact'] = { _is_redacted: true };
      return source.set(event, state, redacted);
    };
  },
};

interface Secret {
  readonly name: string;
  readonly expression: BoundedRegExp;
}

function secretOf(pattern: string, definitions: Readonly<Record<string, string>>): Secret {
  const { source, groups } = expand(pattern, library('disabled', 'elasticsearch'), definitions, true, 'elasticsearch');
  const name = groups[0]?.name.split(':')[1] ?? groups[0]?.name;
  if (name === undefined)
    throw new LongshoreError('LS_PIPELINE_OPTION', `the pattern "${pattern}" has no name.`, {
      fix: 'Write what is to stand in the text instead: %{EMAILADDRESS:EMAIL}.',
    });
  const names = groups.map((_, index) => `g${index}`);
  const { tree } = parsePattern(source, names, false);
  const simple = simplify(tree);
  return { name, expression: new BoundedRegExp(simple, writeV8(simple, { max: MAX_CODE_POINT, newlines: true })) };
}

interface Found {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

function findAll(text: string, patterns: readonly Secret[]): Found[] {
  const found: Found[] = [];
  for (const { name, expression } of patterns)
    expression.each(text, match => {
      if (match[0] !== '') found.push({ from: match.index, to: match.index + match[0].length, name });
    });
  return found.sort((a, b) => a.from - b.from);
}

/** What overlaps or touches is one, under the name of the longest of it. */
function hideAll(text: string, found: readonly Found[], prefix: string, suffix: string): string {
  let out = '';
  let done = 0;
  for (let i = 0; i < found.length; ) {
    const { from } = found[i]!;
    let { to } = found[i]!;
    let longest = found[i]!;
    for (i++; i < found.length && found[i]!.from <= to; i++) {
      const next = found[i]!;
      to = Math.max(to, next.to);
      if (next.to - next.from > longest.to - longest.from) longest = next;
    }
    out += `${text.slice(done, from)}${prefix}${longest.name}${suffix}`;
    done = to;
  }
  return out + text.slice(done);
}
