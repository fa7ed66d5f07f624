import { MINUTE_MS } from '../../base/time/duration.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import { durationMs } from './duration.ts';
import type { Problems } from './problems.ts';
import type { Rule } from './rule.ts';

/** What every rule has, which says nothing. */
const DEFAULTS: Readonly<Record<string, string>> = { severity: '', owner: '', category: '', priority: '2' };
const MIN_QUIET_MS = 5 * MINUTE_MS;

/** How long an alert of a rule lives, and what it is known by beside its key. */
export function lifeOf(
  options: Fields,
  { timeframeMs, realertMs }: Pick<Rule, 'timeframeMs' | 'realertMs'>,
): Pick<Rule, 'labels' | 'resolveAfterMs' | 'keepFiringMs' | 'forMs'> {
  const labels: Record<string, string> = Object.create(null);
  // The default of a priority is no label.
  for (const name of Object.keys(DEFAULTS))
    if (isLabel(options[name]) && options[name] !== DEFAULTS[name]) labels[name] = pythonStr(options[name]);
  for (const [name, value] of Object.entries(isFields(options['labels']) ? options['labels'] : {}))
    if (isLabel(value)) labels[name] = pythonStr(value);
  const resolveAfter = milliseconds(options['resolve_after']);
  return {
    labels,
    resolveAfterMs: resolveAfter ?? Math.max(timeframeMs, realertMs, MIN_QUIET_MS),
    keepFiringMs: resolveAfter ?? 0,
    forMs: milliseconds(options['for']) ?? 0,
  };
}

/** What is of another form than ours is custom data, as in ElastAlert. */
export function checkLife(options: Fields, problems: Problems): void {
  const { labels, severity, for: waits } = options;
  const odd = isFields(labels) ? Object.keys(labels).filter(name => !isLabel(labels[name])) : [];
  const kept = 'is kept as custom data: alerts are not labelled with it.';
  if (isGiven(labels) && !isFields(labels))
    problems.warn(`labels is no mapping and ${kept} For example labels: { team: shop }`, { option: 'labels' });
  if (odd.length > 0)
    problems.warn(`${odd.join(', ')} of labels is no text or number and ${kept}`, { option: 'labels' });
  if (isGiven(severity) && !isLabel(severity))
    problems.warn(`severity is no text or number and ${kept}`, { option: 'severity' });
  if (isGiven(waits) && milliseconds(waits) === undefined)
    problems.warn('for is no duration and is kept as custom data. For example for: { minutes: 5 }', { option: 'for' });
}

function milliseconds(value: unknown): number | undefined {
  const ms = isGiven(value) ? durationMs(value) : undefined;
  return typeof ms === 'number' && ms >= 0 ? ms : undefined;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const isLabel = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
