import { type Fields, newFields } from '../../core/event.ts';
import { MAX_NESTING_DEPTH, needsCare, readRecord } from '../json/record.ts';
import { placeLabel, putFirst } from '../labels.ts';

/** Labels of a stream, or the structured metadata of one line. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** What all lines of a stream have in common. */
export interface Stream {
  readonly labels: Labels;
  readonly service: string | undefined;
}

/** Labels that name the service, the surest first: the order in which Loki looks for one. What names a container is not among them: the event's own rules know its replicas. */
const SERVICE = [
  ...[
    'service_name',
    'service',
    'compose_service',
    'swarm_service',
    'app',
    'application',
    'name',
    'app_kubernetes_io_name',
  ],
  ...['component', 'workload'],
];
/** Only where no label names a container. */
const JOBS = ['job', 'k8s_job_name'];
/** What Fluent Bit says when nobody told it a job. */
const UNNAMED_JOB = 'fluent-bit';
const CONTAINERS = ['container', 'container_name', 'k8s_container_name', 'docker_container_name'];

export function streamOf(labels: Labels): Stream {
  const named = new Map(labels);
  const hasContainer = CONTAINERS.some(name => named.has(name));
  const jobs = hasContainer ? [] : JOBS.filter(name => named.get(name) !== UNNAMED_JOB);
  const service = [...SERVICE, ...jobs].map(name => named.get(name)).find(value => value);
  return { labels, service };
}

/**
 * The record of a line: labels where they belong, the others in `labels`; structured metadata beside the line's own fields.
 * `tenant`: whose the logs are, where the sender says so (`X-Scope-OrgID`).
 */
export function lokiRecord(line: string, stream: Stream, metadata: Labels, tenant: string | undefined): Fields {
  const record = recordOfLine(line);
  let others: Fields | undefined;
  const keep = (name: string, value: string): void => {
    others ??= newFields();
    putFirst(others, name, value);
  };
  for (const [name, value] of stream.labels) if (!placeLabel(record, name, value)) keep(name, value);
  if (stream.service !== undefined) putFirst(record, 'service', stream.service);
  for (const [name, value] of metadata) {
    if (!placeLabel(record, name, value) && !putFirst(record, name, value)) keep(name, value);
  }
  if (tenant !== undefined) putFirst(record, 'tenant', tenant);
  if (others !== undefined && !putFirst(record, 'labels', others)) record['labels_'] = others;
  return record;
}

/**
 * Some senders give a line as it was written and some all they know of it: Fluent Bit unless its `line_format` says otherwise, and who
 * reads Docker's files without knowing their form. What was written is the `log` of these.
 */
function recordOfLine(line: string): Fields {
  const found = HAS_LOG.test(line) ? readRecord(line, MAX_NESTING_DEPTH, needsCare(line)) : 'not_json';
  const log = typeof found === 'string' ? undefined : found['log'];
  const record = newFields();
  if (typeof found === 'string' || typeof log !== 'string' || found['message'] !== undefined) {
    record['message'] = line;
    return record;
  }
  record['message'] = log.endsWith('\n') ? log.slice(0, -1) : log;
  for (const key in found) if (key !== 'log') record[key] = found[key];
  return record;
}

const HAS_LOG = /^\{.*"log":\s?"/s;
