import type { AlertInstanceView, AlertsAnswer, PostedAlertView } from '../../../core/api/alerts.ts';

/** An alert that lasts: of a rule, or posted by another program. */
export type ListedAlert = AlertInstanceView & { readonly posted?: PostedAlertView };

/** Both kinds, the latest first. */
export function listedAlerts({ active, posted = [] }: AlertsAnswer): ListedAlert[] {
  if (posted.length === 0) return [...active];
  return [...active, ...posted.map(listed)].sort((a, b) => b.starts_at.localeCompare(a.starts_at));
}

/** Labels that other programs give, and the field in which we have the same; the first that is there. */
const FIELDS = [
  ['container_name', 'container_name'],
  ['container', 'container_name'],
  ['service', 'service'],
  ['pod', 'kubernetes.pod_name'],
] as const;

function listed(posted: PostedAlertView): ListedAlert {
  const { labels, annotations, fingerprint, state, starts_at, duration_ms, silenced_by, deliveries } = posted;
  const rule = labels['alertname'] ?? '';
  const named = rule || Object.entries(labels).map(([name, value]) => `${name}=${value}`)[0];
  const { title = annotations['summary'] ?? named ?? fingerprint } = annotations;
  const [label, field] = FIELDS.find(([name]) => (labels[name] ?? '') !== '') ?? [];
  return {
    ...{ labels, fingerprint, state, starts_at, duration_ms, silenced_by, deliveries, rule, posted },
    id: `posted-${fingerprint}-${starts_at}`,
    annotations: { ...annotations, title },
    key_labels: {},
    ...(label === undefined ? {} : { query: `${field}:${JSON.stringify(labels[label])}` }),
    last_match: posted.updated_at,
    ...{ matches: 0, hits: 0, value: 0, events: [], samples: [] },
    told: deliveries.length > 0,
  };
}

/** What a link may lead to; undefined: it is no address of a web page, and is shown as text. */
export function webAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}
