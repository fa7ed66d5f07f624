import { copyFields, type EventMeta, type Fields, isFields, type LogEvent, newFields } from '../../core/event.ts';
import { isLossy, levelOf } from '../../core/schema/levels.ts';
import { SERVICE_LABELS } from '../../core/schema/mapping.ts';
import { usable, within } from '../../schema/map-fields.ts';
import type { KeyInfo } from '../../schema/names.ts';
import { STREAM_FIELDS } from './fields-code.ts';

/** What a stream's events have beside the line, as the schema makes it. */
export interface Constants {
  readonly service: string;
  readonly hostname: string | undefined;
  readonly labels: Fields | undefined;
  readonly kubernetes: Fields | undefined;
  readonly containerId: string | undefined;
  readonly containerName: string | undefined;
  readonly traceId: string | undefined;
  /** The level that the records have, as they have it, and what it means. */
  readonly rawLevel: string | undefined;
  readonly ownLevel: string | undefined;
  /** The level that another field tells, for lines whose pipeline finds none. */
  readonly mappedLevel: string | undefined;
  /** Undeclared fields in their order, the image among them. */
  readonly rest: readonly (readonly [string, unknown])[];
  /** Names that no pipeline may touch: all but those that streams have variables for. */
  readonly names: readonly string[];
}

/** Names that mean something to whoever reads the event later, or that say what became of it. */
const REFUSED: ReadonlySet<string> = new Set(['verb', 'response', 'tags', 'pipeline_error', 'schema_errors', 'json']);
const OBJECTS: ReadonlySet<string> = new Set(['labels', 'kubernetes']);
const GIVEN: ReadonlySet<string> = new Set(['message', 'level', '@timestamp', 'service', 'hostname', 'trace_id']);
/** Declared fields that may come from others. */
const MAPPED: ReadonlySet<string> = new Set([
  ...['level', 'service', 'hostname', 'container_id', 'container_name', 'image'],
]);
const PROGRAMS: readonly string[] = [...SERVICE_LABELS, 'application', 'app_name', 'appname', 'app', 'program'];
const MAX_TEXT_CHARS = 512;

export interface ConstantRules {
  readonly shortKeyword: number;
  infoOf(key: string): KeyInfo;
  /** Counts nothing. */
  conform(fields: Fields, meta: EventMeta): LogEvent;
}

/**
 * The constant part of events whose record has more than a container's id and name: labels, variables of the environment, a pod, a host. `view`: such
 * an event before its pipeline. Undefined: something in it has a meaning that depends on the line, or is hidden, cut or moved.
 */
export function constantsOf(view: Fields, meta: EventMeta, rules: ConstantRules): Constants | undefined {
  const names = new Set<string>();
  let mapsLevel = false;
  for (const key in view) {
    const value = view[key];
    if (key === 'message' || key === '@timestamp') continue;
    if (value === undefined) {
      // It has its place among the others.
      if (key !== 'level' && !STREAM_FIELDS.includes(key)) names.add(key);
      continue;
    }
    if (REFUSED.has(key)) return undefined;
    if (STREAM_FIELDS.includes(key)) {
      if (typeof value !== 'string' || value === '' || value.length > rules.shortKeyword) return undefined;
      continue;
    }
    if (key === 'level') {
      if (typeof value !== 'string' || levelOf(value) === undefined || isLossy(value)) return undefined;
      continue;
    }
    names.add(key);
    if (OBJECTS.has(key) ? !isFields(value) : !isConstant(key, value, rules)) return undefined;
    for (const { path, isLiteral, mapping } of rules.infoOf(key).rows ?? []) {
      const found = isLiteral ? value : isFields(value) ? within(view, path) : undefined;
      if (found === undefined || found === null) continue;
      if (mapping.isTemplate === true) return undefined;
      if (usable(found, mapping) === undefined) continue;
      if (!MAPPED.has(mapping.to)) return undefined;
      for (const name of mapping.beside ?? []) names.add(name);
      if (mapping.beside?.every(name => view[name] === undefined) === true) continue;
      if (mapping.to === 'level') {
        mapsLevel = true;
        // Whether it stays depends on the level that a pipeline finds.
        if (mapping.keep !== true) names.add('level');
      } else if (!STREAM_FIELDS.includes(mapping.to)) names.add(mapping.to);
    }
  }
  const rawLevel = view['level'] as string | undefined;
  if (mapsLevel && rawLevel !== undefined) return undefined;
  const { fields } = rules.conform(copyFields(view), meta);
  const rest: [string, unknown][] = [];
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined || GIVEN.has(key) || OBJECTS.has(key)) continue;
    if (STREAM_FIELDS.includes(key)) {
      if (typeof value !== 'string' || (view[key] !== undefined && value !== view[key])) return undefined;
      if (key !== 'image') continue;
      // One that comes only now stands behind what a pipeline finds.
      if (view[key] === undefined) return undefined;
    } else if (value !== view[key] && !(isFields(value) && isFields(view[key]))) return undefined;
    rest.push([key, value]);
  }
  const { service, hostname, labels, kubernetes, container_id, container_name, trace_id } = fields;
  if (!isText(service, rules) || !isTextOrNone(hostname, rules) || !isTextOrNone(trace_id, rules)) return undefined;
  if (!isFields(labels ?? newFields()) || !isFields(kubernetes ?? newFields())) return undefined;
  // It is hidden in each event, and counted.
  if (JSON.stringify([labels, kubernetes, hostname, service, rest]).includes('***')) return undefined;
  if (view['container_name'] === undefined && !isText(view['service'], rules)) {
    // The program names the service, and a pipeline may find the program.
    for (const name of PROGRAMS) names.add(name);
  }
  return {
    ...{ service, rawLevel, rest, names: [...names], hostname, traceId: trace_id },
    ...{ labels: labels as Fields | undefined, kubernetes: kubernetes as Fields | undefined },
    containerId: container_id as string | undefined,
    containerName: container_name as string | undefined,
    ownLevel: levelOf(rawLevel),
    mappedLevel: mapsLevel ? (fields['level'] as string) : undefined,
  };
}

const isText = (value: unknown, { shortKeyword }: ConstantRules): value is string =>
  typeof value === 'string' && value !== '' && value.length <= shortKeyword;
const isTextOrNone = (value: unknown, rules: ConstantRules): value is string | undefined =>
  value === undefined || isText(value, rules);

function isConstant(key: string, value: unknown, rules: ConstantRules): boolean {
  if (typeof value === 'string' && value.length > MAX_TEXT_CHARS) return false;
  if (key === 'hostname' || key === 'service' || key === 'trace_id') return isText(value, rules);
  const { kind, isTime, secret } = rules.infoOf(key);
  return kind === 'extra' && !isTime && !secret.isSecret;
}
