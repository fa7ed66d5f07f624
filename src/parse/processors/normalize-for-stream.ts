import { type Fields, isFields, newFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import { readJson } from '../json-text.ts';
import type { ProcessorKind } from '../processor.ts';

/**
 * `normalize_for_stream`: a document that is none of OpenTelemetry's becomes one: message, level, trace and span under
 * OpenTelemetry's names, what tells where it is from in `resource.attributes`, everything else in `attributes`, with dots in
 * the names instead of objects. The container, tag and service by which an event is known here stay at the top. A message that is a JSON object with an `@timestamp` is read as the document, one without goes
 * into `body.structured`.
 */
export const normalizeForStream: ProcessorKind = {
  name: 'normalize_for_stream',
  build: () => (event, state) => {
    if (isOpenTelemetry(event)) return undefined;
    const structured = takeStructured(event);
    if (structured !== undefined) state.hasTypedNumbers = true;
    const found = RENAMED.map(([from, to]) => {
      const value = from.get(event, state);
      if (value !== undefined) from.remove(event, state);
      return [to, value] as const;
    });
    const attributes = newFields();
    const resource = newFields();
    for (const key of Object.keys(event)) {
      if (key === '@timestamp' || (typeof event[key] === 'string' && ORIGIN.has(key))) continue;
      flatten(key, event[key], attributes, resource);
      event[key] = undefined;
    }
    event['attributes'] = attributes;
    event['resource'] = only('attributes', resource);
    if (structured !== undefined) event['body'] = only('structured', structured);
    for (const [to, value] of found) if (value !== undefined) to.set(event, state, value);
    return undefined;
  },
};

/** By these this program knows where an event is from: they stay where they are. */
const ORIGIN: ReadonlySet<string> = new Set('tag container_id container_name image stream service hostname'.split(' '));

const RENAMED = [
  ['message', 'body.text'],
  ['log.level', 'severity_text'],
  ['trace.id', 'trace_id'],
  ['span.id', 'span_id'],
].map(([from, to]) => [new FieldPath(from!), new FieldPath(to!)] as const);

/** Fields of the Elastic Common Schema that OpenTelemetry has as attributes of a resource. */
const OF_RESOURCE: ReadonlySet<string> = new Set([
  ...['agent.build.original', 'agent.ephemeral_id', 'agent.id', 'agent.name', 'agent.type', 'agent.version'],
  ...['cloud.account.id', 'cloud.availability_zone', 'cloud.provider', 'cloud.region', 'cloud.service.name'],
  ...['container.id', 'container.image.hash.all', 'container.image.name', 'container.image.tag', 'container.name'],
  ...['container.runtime', 'device.id', 'device.manufacturer', 'device.model.identifier', 'device.model.name'],
  ...['faas.name', 'faas.version', 'host.architecture', 'host.id', 'host.ip', 'host.mac', 'host.name', 'host.type'],
  ...['log.file.path', 'process.args', 'process.command_line', 'process.executable', 'process.pid'],
  ...['service.environment', 'service.name', 'service.node.name', 'service.version', 'user_agent.original'],
]);

/** Of the form of OpenTelemetry's logs: `resource` is there, and each of its parts is what it must be. */
function isOpenTelemetry({ resource, scope, attributes, body }: Fields): boolean {
  if (!isFields(resource) || !isFieldsOrNothing(resource['attributes'])) return false;
  if (!isFieldsOrNothing(scope) || !isFieldsOrNothing(attributes) || !isFieldsOrNothing(body)) return false;
  const text = body?.['text'] ?? undefined;
  return (text === undefined || typeof text === 'string') && typeof body?.['structured'] !== 'string';
}

function isFieldsOrNothing(value: unknown): value is Fields | undefined | null {
  return value === undefined || value === null || isFields(value);
}

/** What the message holds, taken out of the event; undefined: it is text, or was the document itself and is now. */
function takeStructured(event: Fields): Fields | undefined {
  const text = typeof event['message'] === 'string' ? event['message'].trim() : '';
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  const read = readJson(text, true)?.value;
  if (!isFields(read)) return undefined;
  event['message'] = undefined;
  if (!Object.hasOwn(read, '@timestamp')) return read;
  merge(event, read);
  return undefined;
}

function merge(target: Fields, added: Fields): void {
  for (const key of Object.keys(added)) {
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    const value = added[key];
    if (isFields(present) && isFields(value)) merge(present, value);
    else target[key] = value;
  }
}

function flatten(name: string, value: unknown, attributes: Fields, resource: Fields): void {
  if (value === undefined) return;
  if (isFields(value)) {
    for (const key of Object.keys(value)) flatten(`${name}.${key}`, value[key], attributes, resource);
    return;
  }
  if (OF_RESOURCE.has(name)) resource[name] = value;
  else attributes[name] = value;
}

const only = (key: string, value: unknown): Fields => Object.assign(newFields(), { [key]: value });
