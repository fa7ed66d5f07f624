import { type Fields, isFields, newFields } from '../../core/event.ts';
import { isLossy, levelOf } from '../../core/schema/levels.ts';

/** A log record as both encodings give it. */
export interface LogRecord {
  /** Epoch milliseconds with fraction; NaN: none. */
  time: number;
  observed: number;
  /** 1 to 24; 0: none. */
  severityNumber: number;
  severityText: string;
  /** An AnyValue as JSON has it, whole numbers beyond 2^53 as text; undefined: none. */
  body: unknown;
  attributes: Fields;
  droppedAttributes: number;
  flags: number;
  /** In lower hex; empty: none. */
  traceId: string;
  spanId: string;
  eventName: string;
}

export function newLogRecord(): LogRecord {
  return {
    ...{ time: Number.NaN, observed: Number.NaN, severityNumber: 0, severityText: '', body: undefined },
    ...{ attributes: newFields(), droppedAttributes: 0, flags: 0, traceId: '', spanId: '', eventName: '' },
  };
}

export interface Scope {
  name: string;
  version: string;
  attributes: Fields;
}

/** What the attributes of a resource become in each of its events. */
export interface Resource {
  /** Fields of our own, by name. */
  readonly own: readonly (readonly [name: string, value: unknown])[];
  readonly kubernetes: Fields | undefined;
  /** All others, under their names. */
  readonly rest: Fields | undefined;
}

const OWN: Readonly<Record<string, string>> = {
  'service.name': 'service',
  'host.name': 'hostname',
  'container.id': 'container_id',
  'container.name': 'container_name',
  'container.image.name': 'image',
};

/** As Fluent Bit spells them, so that one search finds the pods of all senders; others keep their words: `k8s.cluster.name` is `cluster_name`. */
const KUBERNETES: Readonly<Record<string, string>> = {
  'k8s.node.name': 'host',
  'k8s.pod.uid': 'pod_id',
};

export function resourceOf(attributes: Fields): Resource {
  const own: [string, unknown][] = [];
  let kubernetes: Fields | undefined;
  let rest: Fields | undefined;
  const hasName = attributes['container.name'] !== undefined || attributes['k8s.container.name'] !== undefined;
  for (const key in attributes) {
    const value = attributes[key];
    const name = Object.hasOwn(OWN, key) ? OWN[key] : undefined;
    if (name !== undefined && typeof value === 'string') {
      // What SDKs say when nobody named the service: the container's name says more.
      if (name === 'service' && hasName && /^unknown_service(?::|$)/.test(value)) continue;
      if (value !== '') own.push([name, value]);
    } else if (key.startsWith('k8s.')) {
      kubernetes ??= newFields();
      addKubernetes(kubernetes, key, value);
    } else {
      rest ??= newFields();
      rest[key] = value;
    }
  }
  return { own, kubernetes, rest };
}

function addKubernetes(kubernetes: Fields, key: string, value: unknown): void {
  const [, kind, name] = /^k8s\.pod\.(label|annotation)s?\.(.+)$/s.exec(key) ?? [];
  if (kind === undefined) {
    kubernetes[KUBERNETES[key] ?? key.slice(4).replaceAll('.', '_')] = value;
    return;
  }
  const map = `${kind}s`;
  const inner = kubernetes[map];
  if (isFields(inner)) inner[name!] = value;
  else kubernetes[map] = Object.assign(newFields(), { [name!]: value });
}

/**
 * A record as other senders would write it: the text is `message`, the severity `level`, the scope `logger`; attributes stand
 * beside them, and so do the fields of a body that is a map. What finds its name taken goes into `attributes` and `body`.
 * The record shares nothing with others.
 */
export function recordOf(log: LogRecord, scope: Scope | undefined, resource: Resource): Fields {
  const record = newFields();
  const { body, attributes, eventName } = log;
  if (typeof body === 'string') record['message'] = body;
  else if (Array.isArray(body)) record['message'] = JSON.stringify(body);
  else if (body !== undefined && body !== null && !isFields(body)) record['message'] = String(body);
  addSeverity(record, log);
  for (const [name, value] of resource.own) record[name] = value;
  if (scope !== undefined && scope.name !== '') record['logger'] = scope.name;
  if (log.traceId !== '') record['trace_id'] = log.traceId;
  if (log.spanId !== '') record['span_id'] = log.spanId;
  if (log.flags !== 0 && log.traceId !== '') record['trace_flags'] = log.flags & 0xff;
  if (eventName !== '') record['event_name'] = eventName;
  if (log.droppedAttributes > 0) record['dropped_attributes_count'] = log.droppedAttributes;
  if (resource.kubernetes !== undefined) record['kubernetes'] = copyOf(resource.kubernetes);
  if (resource.rest !== undefined) record['resource'] = copyOf(resource.rest);
  if (scope !== undefined) addScope(record, scope);

  const stream = attributes['log.iostream'];
  if (stream === 'stdout' || stream === 'stderr') {
    record['stream'] = stream;
    attributes['log.iostream'] = undefined;
  }
  addFree(record, attributes, 'attributes');
  if (isFields(body)) addFree(record, body, 'body');
  if (record['message'] === undefined && eventName !== '' && !hasText(record)) record['message'] = eventName;
  return record;
}

/** Names that the schema reads a message from, in records of which it is sure. */
const hasText = (record: Fields): boolean => typeof record['msg'] === 'string' || typeof record['log'] === 'string';

/** The word stays when it says more than the level, or another thing. */
function addSeverity(record: Fields, { severityNumber, severityText }: LogRecord): void {
  const named = severityText === '' ? undefined : levelOf(severityText);
  const level = levelOf(severityNumber, 'otel') ?? named;
  if (level !== undefined) record['level'] = level;
  if (severityNumber < 0 || severityNumber > 24) record['severity_number'] = severityNumber;
  if (severityText !== '' && (named === undefined || named !== level || isLossy(severityText)))
    record['severity_text'] = severityText;
}

function addScope(record: Fields, { version, attributes }: Scope): void {
  let scope: Fields | undefined;
  for (const key in attributes) {
    scope ??= newFields();
    scope[key] = copyOf(attributes[key]);
  }
  if (version !== '') {
    scope ??= newFields();
    scope['version'] = version;
  }
  if (scope !== undefined) record['scope'] = scope;
}

function addFree(record: Fields, fields: Fields, aside: string): void {
  let taken: Fields | undefined;
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined) continue;
    if (record[key] === undefined && key !== aside) record[key] = value;
    else {
      taken ??= newFields();
      taken[key] = value;
    }
  }
  if (taken !== undefined) record[aside] = taken;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isFields(value)) return value;
  const copy = newFields();
  for (const key in value) copy[key] = copyOf(value[key]);
  return copy;
}
