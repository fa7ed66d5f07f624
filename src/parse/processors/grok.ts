import { tooSlowReason } from '../../base/regexp/bounded-regexp.ts';
import { LongshoreError } from '../../core/errors.ts';
import { expand } from '../grok/expand.ts';
import { Grok, type GrokOptions } from '../grok/grok.ts';
import { library } from '../grok/library.ts';
import { GrokLooker } from '../grok/look.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/** `grok`: field, patterns, pattern_definitions, ecs_compatibility, trace_match, ignore_missing, capture_all_matches (default true), dialect (`elasticsearch`, `logstash`). */
export const grok: ProcessorKind = {
  name: 'grok',
  eventTag: '_grokparsefailure',
  build(options, context) {
    const path = options.path('field');
    const patterns = options.strings('patterns');
    const own = options.stringMap('pattern_definitions');
    const definitions = { ...context.grok.definitions, ...own };
    const ecs = options.choice('ecs_compatibility', ['disabled', 'v1'], context.grok.ecs ?? 'disabled');
    const dialect = options.choice('dialect', ['elasticsearch', 'logstash'], 'elasticsearch');
    const traceMatch = options.boolean('trace_match', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    const captureAll = options.boolean('capture_all_matches', true);
    if (options.has('patterns') && patterns.length === 0)
      options.problem('LS_PIPELINE_OPTION', 'processor grok: `patterns` is empty.', 'Add a pattern.');
    // Elasticsearch looks at definitions that no pattern uses as well.
    if (dialect === 'elasticsearch')
      for (const source of Object.values(own ?? {}))
        options.attempt('pattern_definitions', () => expand(source, library(ecs, dialect), definitions, true, dialect));
    const timeLimit = context.grok.time_limit_ms;
    const grokOptions: GrokOptions = {
      definitions,
      ecs,
      dialect,
      capture_all_matches: captureAll,
      ...(timeLimit === undefined ? {} : { time_limit_ms: timeLimit }),
    };
    const grok = options.attempt('patterns', () => {
      if (patterns.length === 0) throw new LongshoreError('LS_PIPELINE_OPTION', 'there is no pattern.');
      return new Grok(patterns, grokOptions);
    });
    if (grok === undefined) return () => undefined;
    const { makesTypedNumbers } = grok;
    const where = options.located('patterns')?.where ?? options.where;
    for (const doubt of grok.doubts) context.doubt({ where, what: `processor grok: ${doubt}.` });
    if (path.key !== undefined && !traceMatch)
      context.plan({ kind: 'grok', field: path.key, grok, mismatch: NO_MATCH });
    let looker: GrokLooker | undefined;
    context.tell({
      choices: patterns,
      taken: () => grok.lastPattern,
      look: (event, state) => {
        const text = path.get(event, state);
        if (typeof text !== 'string') return undefined;
        return clock => {
          looker ??= new GrokLooker(patterns, grokOptions);
          return looker.look(text, clock);
        };
      },
    });
    return (event, state) => {
      const text = path.get(event, state);
      if (typeof text !== 'string') return subject(path, text, ignoreMissing);
      const outcome = grok.match(text, event);
      if (outcome === 'match') {
        state.hasMatched = true;
        if (makesTypedNumbers) state.hasTypedNumbers = true;
        if (traceMatch) state.ingest['_grok_match_index'] = String(grok.lastPattern);
        return undefined;
      }
      if (outcome === 'no_match') return NO_MATCH;
      if (outcome === 'not_set') return grok.notSet;
      state.failureTag = '_groktimeout';
      return grok.gaveUp === 'budget' ? OVER_BUDGET : OVER_TIME;
    };
  },
};
const NO_MATCH = 'no pattern matches the text';
const OVER_TIME = tooSlowReason('a pattern', 'time');
const OVER_BUDGET = tooSlowReason('a pattern', 'budget');
