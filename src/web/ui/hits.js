// The list of events: one row each, which opens to its fields.

import { element } from './dom.js';
import { levelClass } from './levels.js';
import { clean, shownTime, timeZone } from './text.js';

const FIRST_FIELDS = ['@timestamp', 'level', 'service', 'message'];
/** Deeper objects are shown as JSON. */
const MAX_DEPTH = 4;

/** `narrow(term)`: searches only for events that also match the term. */
export function hitRow(hit, narrow) {
  const item = element('li', levelClass(hit.level));
  // A row is no button: its text can be selected and copied. The button in front is for the keyboard.
  const row = element('div', 'row');
  const toggle = element('button', 'toggle');
  toggle.type = 'button';
  toggle.setAttribute('aria-expanded', 'false');
  toggle.setAttribute('aria-label', 'Fields of this event');
  const time = element('time', '', shownTime(Date.parse(hit['@timestamp']), true));
  time.dateTime = hit['@timestamp'];
  time.title = `${hit['@timestamp']} (shown in ${timeZone()})`;
  row.append(
    toggle,
    time,
    element('span', 'level', hit.level ?? ''),
    element('span', 'service', clean(hit.service ?? hit.container_name ?? hit.tag ?? '')),
    element('span', 'message', clean(hit.message ?? restOf(hit))),
  );
  row.addEventListener('click', () => {
    if (selectsIn(row)) return;
    const open = toggle.getAttribute('aria-expanded') === 'true';
    toggle.setAttribute('aria-expanded', String(!open));
    if (open) item.lastChild.remove();
    else item.append(fieldList(hit, narrow));
  });
  item.append(row);
  return item;
}

/** A drag over the text selects it and opens nothing. */
function selectsIn(row) {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(row, true);
}

function fieldList(hit, narrow) {
  const list = element('dl', 'fields');
  const rest = Object.keys(hit).filter(name => !FIRST_FIELDS.includes(name));
  const names = [...FIRST_FIELDS.filter(first => first in hit), ...rest.sort()];
  for (const [name, value] of names.flatMap(name => leaves(name, hit[name], 1))) {
    const tools = element('dd', 'tools');
    if (typeof value !== 'object' && !name.startsWith('_') && name !== '@timestamp') {
      tools.append(
        tool('+', `Only events with this ${name}`, () => narrow(term(name, value))),
        tool('−', `Only events without this ${name}`, () => narrow(`NOT ${term(name, value)}`)),
      );
    }
    list.append(element('dt', '', clean(name)), element('dd', '', shownValue(name, value)), tools);
  }
  return list;
}

/** Fields of objects by their path, as one searches for them: `kubernetes.pod_name`. */
function leaves(name, value, depth) {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || depth > MAX_DEPTH || Object.keys(value).length === 0) return [[name, value]];
  return Object.keys(value)
    .sort()
    .flatMap(key => leaves(`${name}.${key}`, value[key], depth + 1));
}

function shownValue(name, value) {
  if (name !== '@timestamp') return clean(value);
  return `${shownTime(Date.parse(value), true)} ${timeZone()}${timeZone() === 'UTC' ? '' : ` = ${value}`}`;
}

function term(name, value) {
  const text = typeof value === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : String(value);
  return `${name.replace(/[^\w.@-]/g, '\\$&')}:${text}`;
}

function tool(sign, label, act) {
  const button = element('button', '', sign);
  button.type = 'button';
  button.title = label;
  button.setAttribute('aria-label', label);
  button.addEventListener('click', act);
  return button;
}

function restOf(hit) {
  const hidden = new Set(['_id', '_index', 'seq', '@timestamp', 'level', 'service']);
  return JSON.stringify(Object.fromEntries(Object.entries(hit).filter(([name]) => !hidden.has(name))));
}
