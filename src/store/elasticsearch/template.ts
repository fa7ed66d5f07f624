import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { FOLDED, MAX_TERM_UNITS, UNMAPPED, UNMAPPED_TERMS } from '../query/elasticsearch.ts';
import { MAX_REGEXP_CHARS } from '../query/elasticsearch-text.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import type { Dialect } from './product.ts';

/*
 * The mapping of our indices.
 *
 * - `subobjects: false`: names are flat, `{"a":{"b":1}}` and `{"a.b":1}` are one field, and `a` beside `a.b` (labels `app` and
 *   `app.kubernetes.io/name`) is no conflict.
 * - Each text is there twice: as it is, for Kibana and Grafana, and folded (`f.folded`), for search in any case.
 * - An undeclared field is a number if its first value in that index was one, else a keyword. Neither refuses what comes
 *   later: a keyword takes anything, and a number ignores (`ignore_malformed`) what is none, while `f.folded` has it.
 * - `fields_unmapped` is what was moved aside (see `move-aside.ts`): fields beyond the budget, names that Elasticsearch refuses.
 *
 * Elasticsearch 7.17 and OpenSearch know no `subobjects`: there `a` beside `a.b` is a conflict, and the second of the two is
 * moved aside. `fields_unmapped` is only kept there; `fields_unmapped_terms` has it for searches.
 */
const VERSION = 1;
/** In `_meta` of every index of ours: retention deletes no other. */
export const MANAGED_BY = 'longshore';

export interface IndexTemplate {
  readonly path: string;
  readonly body: unknown;
  /** Not put when this is there: it is the operator's. */
  readonly unless?: string;
}

/** What has to be put, in this order. Idempotent. */
export function templates(options: ElasticsearchStoreSettings, dialect: Dialect): IndexTemplate[] {
  const name = `longshore-${options.index.prefix.replace(/[._-]+$/, '')}`;
  const meta = { managed_by: MANAGED_BY, version: VERSION };
  return [
    {
      path: `/_component_template/${name}-settings`,
      body: { template: { settings: settings(options) }, version: VERSION, _meta: meta },
    },
    {
      path: `/_component_template/${name}-mappings`,
      // The analyzer belongs beside the mapping that names it: each component has to be valid by itself.
      body: {
        template: { settings: { analysis: ANALYSIS }, mappings: { ...mappings(dialect), _meta: meta } },
        version: VERSION,
        _meta: meta,
      },
    },
    ...(dialect === 'current' ? [] : [custom(name)]),
    {
      path: `/_index_template/${name}`,
      body: {
        index_patterns: [`${options.index.prefix}*`],
        // The last one is the operator's: whatever it says wins.
        composed_of: [`${name}-settings`, `${name}-mappings`, `${name}-custom`],
        ...(dialect === 'current' ? { ignore_missing_component_templates: [`${name}-custom`] } : {}),
        priority: 500,
        version: VERSION,
        _meta: meta,
      },
    },
  ];
}

/** An empty one for the operator to fill, where a template must not name what is not there. */
function custom(name: string): IndexTemplate {
  const path = `/_component_template/${name}-custom`;
  return { path, body: { template: {} }, unless: path };
}

function settings(options: ElasticsearchStoreSettings): object {
  const { number_of_replicas, ilm_policy } = options;
  return {
    index: {
      number_of_shards: options.number_of_shards,
      // A fifth less disk for no more work at indexing; a page of 100 costs 30 ms to read instead of 10 (measured). An index sort
      // saves another 8 %, takes an eighth more work, and refuses nested fields: it is left to the operator.
      codec: 'best_compression',
      ...(number_of_replicas === undefined
        ? { auto_expand_replicas: options.auto_expand_replicas }
        : { number_of_replicas, auto_expand_replicas: false }),
      refresh_interval: `${options.refresh_interval_ms}ms`,
      max_regex_length: MAX_REGEXP_CHARS * 2,
      // Each undeclared field takes two: itself and its folded text.
      mapping: { total_fields: { limit: OWN_FIELDS + 2 * options.field_budget } },
      ...(ilm_policy === undefined ? {} : { lifecycle: { name: ilm_policy } }),
    },
  };
}

const WORDS = 'longshore_words';
// No word is cut: four bytes a character stay below the 32,766 that Lucene takes.
const ANALYSIS = { analyzer: { [WORDS]: { type: 'standard', max_token_length: 8191 } } };
const folded = {
  [FOLDED]: { type: 'keyword', normalizer: 'lowercase', ignore_above: MAX_TERM_UNITS, doc_values: false },
};
const keyword = { type: 'keyword', ignore_above: MAX_TERM_UNITS, fields: folded };
const number = { type: 'double', ignore_malformed: true };
const TYPES = {
  keyword,
  text: { type: 'text', analyzer: WORDS, fields: folded },
  number,
  // Its members are fields of their own.
  object: undefined,
};

function mappings(dialect: Dialect): object {
  return {
    ...(dialect === 'current' ? { subobjects: false } : {}),
    date_detection: false,
    numeric_detection: false,
    dynamic_templates: [
      { text: { match_mapping_type: 'string', mapping: keyword } },
      { booleans: { match_mapping_type: 'boolean', mapping: keyword } },
      { whole_numbers: { match_mapping_type: 'long', mapping: { ...number, fields: folded } } },
      { numbers: { match_mapping_type: 'double', mapping: { ...number, fields: folded } } },
    ],
    properties: properties(dialect),
  };
}

function properties(dialect: Dialect): { [field: string]: object } {
  const fields: { [field: string]: object } = {
    '@timestamp': { type: 'date', format: 'strict_date_optional_time||epoch_millis' },
    seq: { type: 'long' },
    [UNMAPPED]: dialect === 'current' ? { type: 'flattened', ignore_above: 8191 } : { type: 'object', enabled: false },
    [UNMAPPED_TERMS]: { type: 'keyword', ignore_above: MAX_TERM_UNITS, doc_values: false },
  };
  for (const [name, type] of Object.entries(DECLARED_FIELDS)) {
    const mapping = TYPES[type];
    if (mapping !== undefined) fields[name] = mapping;
  }
  return fields;
}

const OWN_FIELDS = 2 * Object.keys(properties('current')).length + 50;
