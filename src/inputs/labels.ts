import { type Fields, isFields, newFields } from '../core/event.ts';
import { levelOf } from '../core/schema/levels.ts';

/*
 * What senders call the things that every log has, in labels (Loki) and indexed fields (Splunk), and where they belong in
 * an event. OpenTelemetry's names have dots there, or `_` in their place.
 */
type Place =
  | 'hostname'
  | 'container_name'
  | 'container_id'
  | 'image'
  | 'stream'
  | 'level'
  | 'file'
  | { readonly kubernetes: string };

const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ...names('container container_name k8s_container_name docker_container_name', 'container_name'),
  ...names('container_id docker_container_id', 'container_id'),
  ...names('image container_image container_image_name image_name', 'image'),
  ...names('pod pod_name k8s_pod_name kubernetes_pod_name', { kubernetes: 'pod_name' }),
  ...names('namespace namespace_name k8s_namespace_name kubernetes_namespace_name', { kubernetes: 'namespace_name' }),
  ...names('pod_uid pod_id k8s_pod_uid', { kubernetes: 'pod_id' }),
  ...names('node node_name k8s_node_name kubernetes_host', { kubernetes: 'host' }),
  ...names('host hostname host_name nodename', 'hostname'),
  ...names('filename log_file_path', 'file'),
  ...names('level detected_level severity severity_text otel_log_severity_text', 'level'),
  ...names('stream log_iostream source', 'stream'),
]);

function names(all: string, place: Place): [string, Place][] {
  return all.split(' ').map(name => [name, place]);
}

/** Puts a label where it belongs; false when it has no such place, or the place is taken: it is the caller's then. */
export function placeLabel(record: Fields, name: string, value: unknown): boolean {
  const place = typeof value === 'string' && value !== '' ? placeOf(name) : undefined;
  if (place === undefined) return false;
  if (place === 'file') return placeFile(record, value as string);
  if (place === 'level') return placeLevel(record, value);
  if (place === 'stream' && value !== 'stdout' && value !== 'stderr') return false;
  if (typeof place === 'string') return putFirst(record, place, value);
  record['kubernetes'] ??= newFields();
  const kubernetes = record['kubernetes'];
  return isFields(kubernetes) && putFirst(kubernetes, place.kubernetes, value);
}

/** What says the level that is there already, in another word or as Loki's guess of it, says nothing more. */
function placeLevel(record: Fields, value: unknown): boolean {
  const level = levelOf(value);
  if (level === undefined) return false;
  record['level'] ??= value;
  return levelOf(record['level']) === level;
}

/** Says from which file an event was read; false where `log` is something else, or another file. */
export function placeFile(record: Fields, path: string): boolean {
  record['log'] ??= newFields();
  const log = record['log'];
  if (!isFields(log)) return false;
  log['file'] ??= newFields();
  const file = log['file'];
  return isFields(file) && putFirst(file, 'path', path);
}

/** Sets what is not there yet; false when something else is there. */
export function putFirst(record: Fields, name: string, value: unknown): boolean {
  record[name] ??= value;
  return record[name] === value;
}

function placeOf(name: string): Place | undefined {
  return PLACES.get(name.includes('.') ? name.replaceAll('.', '_') : name);
}
