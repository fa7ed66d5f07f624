import { isFields } from '../../core/event.ts';
import { runBlock } from '../block.ts';
import type { ProcessorKind } from '../processor.ts';
import { DROP, END_PIPELINE, GO_ON } from '../run-state.ts';
import { copyOf } from './set.ts';
import { subject } from './subject.ts';

/** `drop`: the event is forgotten (and counted). */
export const drop: ProcessorKind = {
  name: 'drop',
  build: () => (_, state) => {
    state.next = DROP;
    return undefined;
  },
};

/** `terminate`: the rest of this pipeline is left out. */
export const terminate: ProcessorKind = {
  name: 'terminate',
  build: () => (_, state) => {
    state.next = END_PIPELINE;
    return undefined;
  },
};

/** `fail`: message (template). */
export const fail: ProcessorKind = {
  name: 'fail',
  build(options) {
    const message = options.template('message', undefined, 'text/plain');
    return (event, state) => message.render(event, state) || 'failed by rule';
  },
};

const MAX_DEPTH = 10;

/** `pipeline`: name (template), ignore_missing_pipeline. */
export const pipeline: ProcessorKind = {
  name: 'pipeline',
  build(options, context) {
    const name = options.template('name');
    // Its failure is foreseen: a missing pipeline is one, too.
    const isHandled = options.boolean('ignore_failure', false) || options.has('on_failure');
    const optional = options.boolean('ignore_missing_pipeline', false);
    if (name.constant !== undefined && name.constant !== '')
      context.calls(name.constant, options.located('name')?.where ?? options.where, optional || isHandled);
    if (name.constant !== undefined) context.plan({ kind: 'pipeline', name: name.constant });
    return (event, state) => {
      const called = name.constant ?? name.render(event, state);
      const run = context.pipeline(called);
      if (run === undefined) return optional ? undefined : `there is no pipeline [${called}]`;
      if (state.depth >= MAX_DEPTH) return `pipelines call one another deeper than ${MAX_DEPTH}`;
      state.depth++;
      const outcome = run(event, state);
      state.depth--;
      return outcome;
    };
  },
};

/** `foreach`: field (a list or an object), processor, ignore_missing. The item is `_ingest._value`, its key `_ingest._key`. */
export const foreach: ProcessorKind = {
  name: 'foreach',
  build(options, context) {
    const source = options.path('field');
    const inner = options.located('processor');
    const ignoreMissing = options.boolean('ignore_missing', false);
    if (inner === undefined) {
      options.problem('LS_PIPELINE_MISSING_OPTION', 'processor foreach needs the option `processor`.', 'Add it.');
      return () => undefined;
    }
    const block = context.block(inner);
    return (event, state) => {
      const value = source.get(event, state);
      const isList = Array.isArray(value);
      if (!isList && !isFields(value)) return subject(source, value, ignoreMissing, 'a list or an object');
      const outer = state.ingest['_value'];
      const outerKey = state.ingest['_key'];
      const keys = isList ? [...value.keys()] : Object.keys(value);
      const items = copyOf(value) as Record<string | number, unknown>;
      const out: [string, unknown][] = [];
      let failure: ReturnType<typeof runBlock>;
      for (const key of keys) {
        state.ingest['_key'] = key;
        state.ingest['_value'] = items[key];
        failure = runBlock(block, event, state);
        if (failure !== undefined || state.next !== GO_ON) break;
        out.push([String(state.ingest['_key']), state.ingest['_value']]);
      }
      restore(state.ingest, '_value', outer);
      restore(state.ingest, '_key', outerKey);
      if (failure !== undefined) {
        // It is foreach that failed; the tag tells what in it.
        state.failureTag = failure.eventTag;
        return failure.message;
      }
      if (state.next !== GO_ON) return undefined;
      if (isList)
        return source.set(
          event,
          state,
          // What is taken away leaves null in its place.
          out.map(([, item]) => item ?? null),
        );
      for (const key of Object.keys(value)) delete value[key];
      for (const [key, item] of out) if (item !== undefined) value[key] = item;
      return undefined;
    };
  },
};

function restore(ingest: Record<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) delete ingest[key];
  else ingest[key] = value;
}
