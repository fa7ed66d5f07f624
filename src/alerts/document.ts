import { dayOf, isoTime } from '../base/time/iso.ts';
import { type Fields, isFields, newFields } from '../core/event.ts';
import { INDEX_PREFIX } from '../core/schema/fields.ts';
import { includedFields } from './included.ts';
import { lookup } from './lookup.ts';
import { pythonStr } from './python/str.ts';
import { localZone, strftime } from './python/time.ts';
import type { Rule } from './rules/rule.ts';
import { alertFieldsOf, copyFields } from './text/alert-fields.ts';
import type { Match, Related } from './types/kind.ts';

/** The value of the query key: undefined without one; several parts are joined with comma and blank, missing ones as `None`. */
export function queryKeyOf(rule: Rule, event: Fields): unknown {
  const { queryKey } = rule;
  if (queryKey.length === 0) return undefined;
  if (queryKey.length === 1) return lookup(event, queryKey[0]!);
  return queryKey.map(part => pythonStr(lookup(event, part))).join(', ');
}

export interface DocumentExtras {
  readonly numHits: number;
  readonly topCounts: Fields;
  readonly maxFieldChars: number;
}

/** What the texts and the payloads of an alert are made from: the event as `include` wants it, and what the match adds. */
export function matchDocument(rule: Rule, match: Match, extras: DocumentExtras): Fields {
  const document = newFields();
  if (match.event === undefined) {
    document[rule.timestampField] = isoTime(match.time);
    const [name] = rule.queryKey;
    const isGiven = name !== undefined && match.fields !== undefined && lookup(match.fields, name) !== undefined;
    if (rule.queryKey.length === 1 && !isGiven) document[name!] = match.key ?? null;
  } else {
    copyIncluded(rule, match.event, document, extras.maxFieldChars);
    if (rule.timestampType !== 'iso') document[rule.timestampField] = isoTime(match.time);
  }
  if (match.id !== undefined) addIdentity(document, match.id, match.event);
  if (rule.queryKey.length > 1) document[rule.queryKey.join(',')] = match.key ?? null;
  if (rule.prettyTime) document[rule.timestampField] = strftime(match.time, '%Y-%m-%d %H:%M %Z', localZone(match.time));
  if (match.fields !== undefined) Object.assign(document, match.fields);
  document['num_hits'] = extras.numHits;
  document['num_matches'] = 1;
  Object.assign(document, extras.topCounts);
  if (match.related !== undefined) {
    document['related_events'] = match.related.map(related => relatedDocument(rule, related, extras.maxFieldChars));
  }
  for (const name of rule.ruleParameters) document[`rule_param_${name}`] = rule.options[name] ?? null;
  return document;
}

/** A document that was made from some of the fields of its event, as it is made from all of them. */
export function completedDocument(rule: Rule, document: Fields, event: Fields, maxFieldChars: number): Fields {
  const whole = newFields();
  copyIncluded(rule, event, whole, maxFieldChars);
  Object.assign(whole, document);
  copyFields(alertFieldsOf(document), whole);
  return whole;
}

function addIdentity(document: Fields, id: string, event: Fields | undefined): void {
  const time = Date.parse(String(event?.['@timestamp']));
  document['_id'] = id;
  document['_index'] = INDEX_PREFIX + dayOf(Number.isNaN(time) ? 0 : time);
}

function relatedDocument(rule: Rule, related: Related, maxFieldChars: number): Fields {
  const document = newFields();
  if (related.event === undefined) document['@timestamp'] = isoTime(related.time);
  else copyIncluded(rule, related.event, document, maxFieldChars);
  addIdentity(document, related.id, related.event ?? document);
  return document;
}

function copyIncluded(rule: Rule, event: Fields, into: Fields, maxFieldChars: number): void {
  if (rule.include.includes('*')) {
    // `seq` is the store's: events read back from it have it, those of the stream do not.
    // What the schema took away is left behind as undefined: it is no field of the document.
    for (const key of Object.keys(event))
      if (key !== 'seq' && event[key] !== undefined) into[key] = clip(event[key], maxFieldChars, 0);
    return;
  }
  const patterns: string[] = [];
  for (const path of rule.include) {
    const value = path.includes('*') ? undefined : lookup(event, path);
    if (value !== undefined) into[path.replace(/\.keyword$/, '')] = clip(value, maxFieldChars, 0);
    // Members of the objects in a list are nowhere by themselves.
    else if (/[.*]/.test(path)) patterns.push(path);
  }
  if (patterns.length === 0) return;
  const matching = includedFields(event, patterns);
  for (const key of Object.keys(matching)) into[key] = clip(matching[key], maxFieldChars, 0);
}

/** An event as windows may keep it: the same object unless a text in it is too long. */
export function keepable(event: Fields, maxFieldChars: number): Fields {
  // Field maps have no prototype: `for in` sees their own keys, and makes no list of them.
  for (const key in event) {
    const value = event[key];
    if ((typeof value === 'string' && value.length > maxFieldChars) || (typeof value === 'object' && value !== null)) {
      return clip(event, maxFieldChars, 0) as Fields;
    }
  }
  return event;
}

function clip(value: unknown, maxChars: number, depth: number): unknown {
  if (typeof value === 'string')
    return value.length > maxChars ? `${value.slice(0, maxChars).toWellFormed()}...` : value;
  if (depth > 30) return null;
  if (Array.isArray(value)) return value.slice(0, 1000).map(item => clip(item, maxChars, depth + 1));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value).slice(0, 1000))
    if (value[key] !== undefined) out[key] = clip(value[key], maxChars, depth + 1);
  return out;
}
