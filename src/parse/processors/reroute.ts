import { isFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';
import { END_ALL } from '../run-state.ts';
import { compileTemplate, type FieldTemplate } from '../template.ts';

/**
 * `reroute`: dataset and namespace (each one text or a list of which the first that is there counts; a text may be one
 * `{{field}}`), or destination. Events are kept in the index of their day whatever it says: where they would go stands in
 * `data_stream.type`, `.dataset` and `.namespace`. As in Elasticsearch, no processor runs after it.
 */
export const reroute: ProcessorKind = {
  name: 'reroute',
  build(options, context) {
    const destination = options.string('destination', undefined);
    const read = (name: 'dataset' | 'namespace') =>
      options.attempt(name, () =>
        (options.has(name) ? options.strings(name) : [`{{data_stream.${name}}}`]).map(text =>
          compileTemplate(text, 'text/plain'),
        ),
      ) ?? [];
    if (destination !== undefined && (options.has('dataset') || options.has('namespace')))
      options.problem(
        'LS_PIPELINE_OPTION',
        'processor reroute has `destination` beside `dataset` or `namespace`.',
        'Keep one of the two ways.',
      );
    const datasets = read('dataset');
    const namespaces = read('namespace');
    context.doubt({
      where: options.where,
      what: 'the processor reroute only says in data_stream.* where an event belongs: it is kept in the index of its day.',
    });
    const fixed = destination === undefined ? undefined : /^([^-]+)-([^-]+)-(.+)$/.exec(destination);
    return (event, state) => {
      const first = (templates: readonly FieldTemplate[], illegal: RegExp): string | undefined => {
        for (const template of templates) {
          const text = cleaned(template.render(event, state), illegal);
          if (text !== '') return text;
        }
        return undefined;
      };
      state.next = END_ALL;
      if (destination !== undefined && fixed == null) return TYPE.set(event, state, destination);
      const type = fixed?.[1] ?? textAt(event['data_stream'], 'type') ?? 'logs';
      const dataset = fixed?.[2] ?? first(datasets, /[\\/*?"<>| ,#:-]/g) ?? 'generic';
      const namespace = fixed?.[3] ?? first(namespaces, /[\\/*?"<>| ,#:]/g) ?? 'default';
      const failed =
        TYPE.set(event, state, type) ?? DATASET.set(event, state, dataset) ?? NAMESPACE.set(event, state, namespace);
      if (failed !== undefined) return failed;
      return EVENT_DATASET.has(event, state) ? EVENT_DATASET.set(event, state, dataset) : undefined;
    };
  },
};

const TYPE = new FieldPath('data_stream.type');
const DATASET = new FieldPath('data_stream.dataset');
const NAMESPACE = new FieldPath('data_stream.namespace');
const EVENT_DATASET = new FieldPath('event.dataset');
const MAX_CHARS = 100;

/** As names of data streams have to be. */
function cleaned(text: string, illegal: RegExp): string {
  return text.toLowerCase().slice(0, MAX_CHARS).replace(illegal, '_');
}

function textAt(value: unknown, key: string): string | undefined {
  const found = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}
