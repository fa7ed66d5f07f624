import { type Fields, isFields } from '../core/event.ts';
import { SERVICE_LABELS } from '../core/schema/mapping.ts';

/** The name of the service that an event without one belongs to: a label of the container, else its name without the replica's suffix, else the program that the record names, else the tag. */
export function serviceOf(fields: Fields, tag: unknown): string | undefined {
  const labels = fields['labels'];
  if (labels !== undefined && isFields(labels)) {
    const named = labelled(labels);
    if (named !== undefined) return named;
  }
  const kubernetes = fields['kubernetes'];
  if (kubernetes !== undefined && isFields(kubernetes)) {
    const podLabels = kubernetes['labels'] ?? kubernetes['pod_labels'];
    if (podLabels !== undefined && isFields(podLabels)) {
      const named = labelled(podLabels) ?? text(podLabels['app']);
      if (named !== undefined) return named;
    }
  }
  const container = text(fields['container_name']);
  if (container !== undefined) return withoutReplica(container);
  return (
    labelled(fields) ??
    text(fields['application']) ??
    text(fields['app_name']) ??
    text(fields['appname']) ??
    text(fields['app']) ??
    text(fields['program']) ??
    text(tag)
  );
}

function labelled(labels: Fields): string | undefined {
  for (const label of SERVICE_LABELS) {
    const named = text(labels[label]);
    if (named !== undefined) return named;
  }
  return undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const known = new Map<string, string>();

/**
 * `shop-web-1` and `shop_web_1` (compose), `web.2.x1y2...` (swarm), `k8s_web_pod_ns_uid_0` (kubelet),
 * `shop-web-run-0a1b2c3d4e5f` (compose run) without what counts the copies.
 */
export function withoutReplica(container: string): string {
  const cached = known.get(container);
  if (cached !== undefined) return cached;
  let name = container.charCodeAt(0) === 47 ? container.slice(1) : container;
  const kubelet = /^k8s_([^_]+)_[^_]+_[^_]+_[^_]+_\d+$/.exec(name);
  if (kubelet !== null) name = kubelet[1]!;
  else name = name.replace(/(?:[-_]\d{1,3}|\.\d{1,4}\.[a-z0-9]{25}|[-_]run[-_][0-9a-f]{12})$/, '');
  if (name === '') name = container;
  if (known.size >= 4096) known.clear();
  if (container.length <= 256) known.set(container, name);
  return name;
}
