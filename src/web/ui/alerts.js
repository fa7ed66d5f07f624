// What the rules have said lately: for whom, when, whether it has been delivered.

import { at, element } from './dom.js';
import { clean, durationText, shownTime } from './text.js';

/** How long before an alert the events lie that one wants to see. */
const BEFORE_MS = 5 * 60_000;
const STATES = {
  pending: 'being sent',
  retrying: 'not delivered yet',
  dead: 'given up',
  dropped: 'dropped',
  log_only: 'in the log only: no address is configured',
};

const QUIET = ['sent', 'not_wanted'];
const isTold = alert => (alert.deliveries ?? []).every(({ state }) => QUIET.includes(state));

/** `show({ from, to })`: searches the time around an alert. */
export function drawAlerts(alerts, show) {
  // That an alert is over stands at the message that told of it.
  const items = alerts.filter(alert => alert.resolved !== true || !isTold(alert)).map(alert => itemOf(alert, show));
  at('alerts').replaceChildren(...(items.length > 0 ? items : [element('li', 'none', 'None. All quiet.')]));
}

function itemOf(alert, show) {
  const item = element('li', alert.ends_at === undefined ? '' : 'over');
  const when = Date.parse(alert.at);
  const title = clean(alert.title ?? alert.rule ?? 'Alert');
  const head = element('button', 'title', title);
  head.type = 'button';
  head.title = 'Show the events of that time';
  head.addEventListener('click', () => {
    const around = Date.parse(alert.event_time ?? alert.at);
    const end = Math.max(around, when, Date.parse(alert.ends_at ?? '') || 0) + 60_000;
    show({ from: new Date(around - BEFORE_MS).toISOString(), to: new Date(end).toISOString() });
  });
  item.append(head);
  const about = [shownTime(when)];
  if (alert.key !== undefined && !title.includes(alert.key)) about.push(clean(alert.key));
  if (alert.rule !== undefined && alert.rule !== title) about.push(clean(alert.rule));
  if (alert.ends_at !== undefined) about.push(`over after ${durationText(alert.duration_ms)}`);
  item.append(element('span', '', about.filter(Boolean).join(' · ')));
  for (const { alerter, state, attempts, last_error: error } of alert.deliveries ?? []) {
    if (QUIET.includes(state)) continue;
    const tries = attempts > 0 ? `, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}` : '';
    const reason = error === undefined ? '' : `: ${clean(error)}`;
    item.append(
      element('span', state === 'log_only' ? '' : 'bad', `${alerter}: ${STATES[state] ?? state}${tries}${reason}`),
    );
  }
  const body = bodyOf(alert, title);
  if (body !== '') item.append(element('span', 'body', body));
  return item;
}

/** Without the lines that stand above it already. */
function bodyOf(alert, title) {
  if (typeof alert.body !== 'string') return '';
  const lines = clean(alert.body)
    .replaceAll(/^```\n?/gm, '')
    .split('\n');
  return withoutFields(lines.filter(line => line.trim() !== title && line.trim() !== alert.rule))
    .join('\n')
    .trim();
}

/** A rule without a text of its own lists all fields of the event: of them, what was logged says most. */
function withoutFields(lines) {
  const start = lines.findIndex(line => line.startsWith('@timestamp: '));
  if (start === -1) return lines;
  const message = lines.slice(start).find(line => line.startsWith('message: '));
  return message === undefined ? lines : [...lines.slice(0, start), message.slice('message: '.length)];
}
