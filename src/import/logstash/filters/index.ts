import { date } from './date.ts';
import { grok } from './grok.ts';
import type { FilterKind } from './kind.ts';
import { fingerprint, geoip, syslogPri, translate, useragent } from './lookups.ts';
import { mutate } from './mutate.ts';
import { deDot, drop, ruby } from './others.ts';
import { bytes, cidr, prune, range, truncate } from './scripted.ts';
import { csv, dissect, json, jsonEncode, kv, urldecode } from './structured.ts';

/** Every filter that can be imported. */
export const FILTERS: Readonly<Record<string, FilterKind>> = {
  bytes,
  cidr,
  csv,
  date,
  de_dot: deDot,
  dissect,
  drop,
  fingerprint,
  geoip,
  grok,
  json,
  json_encode: jsonEncode,
  kv,
  mutate,
  prune,
  range,
  ruby,
  syslog_pri: syslogPri,
  translate,
  truncate,
  urldecode,
  useragent,
};
