import type { ProcessorKind } from '../processor.ts';
import { automatic } from './automatic.ts';
import { convert } from './convert.ts';
import { csv } from './csv.ts';
import { date } from './date.ts';
import { dissect } from './dissect.ts';
import { dotExpander, remove, rename } from './fields.ts';
import { fingerprint } from './fingerprint.ts';
import { drop, fail, foreach, pipeline, terminate } from './flow.ts';
import { grok } from './grok.ts';
import { json } from './json.ts';
import { kv } from './kv.ts';
import { join, sort, split } from './lists.ts';
import { pairs } from './pairs.ts';
import { append, set } from './set.ts';
import { bytes, gsub, htmlStrip, lowercase, trim, uppercase, urldecode } from './text.ts';
import { uriParts } from './uri-parts.ts';
import { userAgent } from './user-agent.ts';

/** Every processor there is. */
export const PROCESSORS: readonly ProcessorKind[] = [
  append,
  automatic,
  bytes,
  convert,
  csv,
  date,
  dissect,
  dotExpander,
  drop,
  fail,
  fingerprint,
  foreach,
  grok,
  gsub,
  htmlStrip,
  join,
  json,
  kv,
  lowercase,
  pairs,
  pipeline,
  remove,
  rename,
  set,
  sort,
  split,
  terminate,
  trim,
  uppercase,
  uriParts,
  urldecode,
  userAgent,
];

/** Processors of Elasticsearch that Longshore does not have, and what to do instead. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  script: 'Use conditions with set, convert, gsub and the like.',
  geoip: 'Remove it: there is no geographical database here.',
  ip_location: 'Remove it: there is no geographical database here.',
  enrich: 'Remove it: there are no enrich policies here.',
  inference: 'Remove it: there are no models here.',
  attachment: 'Remove it: logs carry no documents.',
  circle: 'Remove it.',
  geo_grid: 'Remove it.',
  community_id: 'Remove it.',
  network_direction: 'Remove it, or compare addresses in a condition.',
  registered_domain: 'Remove it: there is no list of public suffixes here.',
  set_security_user: 'Remove it.',
  redact: 'Use `mask` of the pipeline.',
  reroute: 'Remove it: events go to the index of their day.',
  date_index_name: 'Remove it: events go to the index of their day.',
};
