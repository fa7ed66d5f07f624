import { type Fields, newFields } from '../../core/event.ts';
import { placeLabel } from '../labels.ts';
import { parseExposition, type Sample } from './exposition.ts';
import { type HookEvents, NOTHING, wrong } from './hook.ts';

export type Grouping = readonly (readonly [name: string, value: string])[];

/**
 * The labels of `/metrics/job/<job>{/<label>/<value>}`, given what stands behind `/metrics/`; a label that ends in `@base64` has its
 * value in that form. Throws LS_INPUTS_WEBHOOK.
 */
export function groupingOf(path: string): Grouping {
  const parts = path.split('/');
  if (parts.at(-1) === '' && parts.length % 2 === 1) parts.pop();
  const labels: [string, string][] = [];
  if (parts.length < 2 || parts.length % 2 === 1 || parts.length > MAX_PARTS) throw badPath();
  for (let i = 0; i < parts.length; i += 2) {
    const [name, isBase64] = parts[i]!.endsWith('@base64') ? [parts[i]!.slice(0, -7), true] : [parts[i]!, false];
    if (!/^[A-Za-z_]\w*$/.test(name) || (i === 0) !== (name === 'job')) throw badPath();
    if (i === 0 && parts[1] === '') throw badPath();
    labels.push([name, isBase64 ? Buffer.from(parts[i + 1]!, 'base64url').toString() : parts[i + 1]!]);
  }
  return labels;
}

const MAX_PARTS = 100;
const badPath = () =>
  wrong('the path has no job, or a label without a name or value', 'Push to /metrics/job/<job>/<label>/<value>.');

/** An event a sample. Throws LS_INPUTS_WEBHOOK for what is not Prometheus' text form, with the line. */
export function pushedEvents(body: Buffer, grouping: Grouping, maxEvents: number): HookEvents | 'crowd' {
  const found = parseExposition(body.toString(), maxEvents);
  if (found === 'crowd') return 'crowd';
  if (!Array.isArray(found))
    throw wrong(
      `line ${found.line} is no sample: ${found.fault}`,
      "Send Prometheus' text form, such as `deployments_total 3`.",
    );
  if (found.length === 0) return NOTHING('it has no samples');
  const records = found.map(sample => recordOf(sample, grouping));
  return { records, ids: undefined, growth: JSON.stringify(grouping).length };
}

function recordOf(sample: Sample, grouping: Grouping): Fields {
  const record = newFields();
  if (sample.time !== undefined && Math.abs(sample.time) < 8.64e15)
    record['@timestamp'] = new Date(sample.time).toISOString();
  // What the path says wins, as in a Pushgateway.
  const labels = newFields();
  for (const [name, value] of [...sample.labels, ...grouping]) labels[name.toWellFormed()] = value.toWellFormed();
  const names = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  record['level'] = 'INFO';
  record['message'] = `${sample.name.toWellFormed()}{${names.join(',')}} ${sample.text}`;
  const service = labels['service'] || labels['job'];
  if (typeof service === 'string' && service !== '') record['service'] = service;
  record['event'] = { kind: 'metric' };
  const { name, value, type, help } = sample;
  const metric = newFields();
  for (const [key, part] of Object.entries({ name: name.toWellFormed(), value, type, help }))
    if (part !== undefined) metric[key] = part;
  record['metric'] = metric;
  for (const [label, text] of Object.entries(labels)) if (label !== 'level') placeLabel(record, label, text);
  record['labels'] = labels;
  return record;
}
