import type { ProcessorKind } from '../processor.ts';
import { automatic } from './automatic.ts';
import { cef } from './cef.ts';
import { communityId } from './community-id.ts';
import { convert } from './convert.ts';
import { csv } from './csv.ts';
import { date } from './date.ts';
import { dateIndexName } from './date-index-name.ts';
import { dissect } from './dissect.ts';
import { dotExpander, remove, rename } from './fields.ts';
import { fingerprint } from './fingerprint.ts';
import { drop, fail, foreach, pipeline, terminate } from './flow.ts';
import { geoip, ipLocation } from './geoip.ts';
import { grok } from './grok.ts';
import { json } from './json.ts';
import { kv } from './kv.ts';
import { join, sort, split } from './lists.ts';
import { networkDirection } from './network-direction.ts';
import { normalizeForStream } from './normalize-for-stream.ts';
import { pairs } from './pairs.ts';
import { PASSED_OVER } from './passed-over.ts';
import { redact } from './redact.ts';
import { registeredDomain } from './registered-domain.ts';
import { reroute } from './reroute.ts';
import { script } from './script.ts';
import { append, set } from './set.ts';
import { bytes, gsub, htmlStrip, lowercase, trim, uppercase, urldecode } from './text.ts';
import { uriParts } from './uri-parts.ts';
import { userAgent } from './user-agent.ts';

/** Every processor there is. */
export const PROCESSORS: readonly ProcessorKind[] = [
  append,
  automatic,
  bytes,
  cef,
  communityId,
  convert,
  csv,
  date,
  dateIndexName,
  dissect,
  dotExpander,
  drop,
  fail,
  fingerprint,
  foreach,
  geoip,
  grok,
  gsub,
  htmlStrip,
  ipLocation,
  join,
  json,
  kv,
  lowercase,
  networkDirection,
  normalizeForStream,
  pairs,
  pipeline,
  redact,
  registeredDomain,
  remove,
  rename,
  reroute,
  script,
  set,
  sort,
  split,
  terminate,
  trim,
  uppercase,
  uriParts,
  urldecode,
  userAgent,
  ...PASSED_OVER,
];
